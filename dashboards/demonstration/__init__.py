"""A fictional government with twelve quarters of assessments, to try the portal with."""
