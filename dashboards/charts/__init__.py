"""Charts as data: frozen dataclasses in, a figure for Plotly with its table and its summary out.

Figures are written as plain dictionaries in Plotly's own form. plotly.graph_objects would add 31 MB to
every web process to build the same dictionaries, so it is left to the tests, which have it validate them.
"""
