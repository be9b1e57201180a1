"""An assessment as an Excel workbook: what it holds, how it is written, read and compared. Pure."""
