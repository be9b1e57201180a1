"""The library as data and as drawings: pure, no Django."""
