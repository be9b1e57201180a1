"""Instruments beside the questionnaire: general engines over definitions that are data. Pure."""
