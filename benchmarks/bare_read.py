"""The bare read of a workbook with python-calamine: every row of the first sheet, nothing kept. The yardstick of W4."""

import sys

from python_calamine import CalamineWorkbook

rows = sum(1 for _ in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows())
print(rows)
