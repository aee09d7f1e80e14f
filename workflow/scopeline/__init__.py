"""scopeline: the spreadsheets of a scoping review, judged, counted and told.

Importing the package costs nothing; every module imports what it needs. Layers, from the lowest:

vocabulary (`terms`, `codebook`, `settings`), reading (`cells`, `sources`, `ingest`), judging (`issues`, `parsing`,
`schemas`, `integrity`), reckoning (`screening`, `agreement`, `flow`, `charting`, `synthesis`, `harms`, `statistics`),
showing (`figures`, `tables`, `report`, `text`), keeping (`seals`, `publish`) and the doors (`steps`, `cli`).
A module imports only from layers below its own; `docs/architecture.md` says why.
"""

__version__ = "0.1.0"
