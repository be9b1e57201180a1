"""Assessments, answers, results and cycles over the API."""
