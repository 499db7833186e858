"""The table of every diagnostic code, with its meaning, its rule, a bad and a good example."""

from __future__ import annotations

from annarchy_ml.diagnostics.catalog_cells import CELL_ENTRIES
from annarchy_ml.diagnostics.catalog_documents import DOCUMENT_ENTRIES
from annarchy_ml.diagnostics.catalog_entry import CatalogEntry
from annarchy_ml.diagnostics.catalog_equations import EQUATION_ENTRIES
from annarchy_ml.diagnostics.catalog_runs import RUN_ENTRIES
from annarchy_ml.diagnostics.catalog_texts import TEXT_ENTRIES

CATALOG: dict[str, CatalogEntry] = {
    entry.code: entry
    for entry in (
        *DOCUMENT_ENTRIES,
        *EQUATION_ENTRIES,
        *CELL_ENTRIES,
        *RUN_ENTRIES,
        *TEXT_ENTRIES,
    )
}

__all__ = ["CATALOG", "CatalogEntry"]
