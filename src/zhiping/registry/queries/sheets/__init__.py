"""The register's spreadsheets: what their columns mean, and how their rows meet what is registered."""

from zhiping.registry.queries.sheets.operators import operator_sheet
from zhiping.registry.queries.sheets.platforms import NewOperator, platform_sheet, with_sites
from zhiping.registry.queries.sheets.regions import region_sheet

__all__ = ["NewOperator", "operator_sheet", "platform_sheet", "region_sheet", "with_sites"]
