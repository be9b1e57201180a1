"""What leaves the portal on paper: the one page, talking points, full reports, pages of agencies. Pure.

`content` says what is in them, `composition` in which order, `drawing` draws their charts, and `pdf`, `pptx`
and `xlsx` write them. The same content gives the same bytes: nothing here reads a clock or draws lots.
"""
