"""Reads of standings and trends for the pages and the API."""
