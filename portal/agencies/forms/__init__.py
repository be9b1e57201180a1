"""The forms of agencies, programs and imports."""
