"""Agencies, programs, and the lists they come from."""
