"""Tables as they leave the pipeline: the workbook and the documents that co-authors read."""
