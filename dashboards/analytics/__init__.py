"""Statistics over agencies and time that knows no framework: numbers in, numbers out."""
