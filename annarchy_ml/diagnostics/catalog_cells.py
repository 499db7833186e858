"""Catalog rows for cells with morphology."""

from __future__ import annotations

from annarchy_ml.diagnostics.catalog_entry import CatalogEntry as Row

CELL_ENTRIES = (
    Row(
        "morphology.tree",
        "segments that are no cell",
        "The segments of a cell form one tree: each but the root hangs on another one, and each "
        "has an extent.",
        "NeuroML 2: segment, parent, proximal, distal",
        '<segment id="1"><parent segment="7"/><distal x="0" y="9" z="0" diameter="1"/></segment>',
        '<segment id="1"><parent segment="0"/><distal x="0" y="9" z="0" diameter="1"/></segment>',
    ),
    Row(
        "morphology.group",
        "segment group that cannot be made",
        "A segmentGroup names segments and groups that the cell has, and does not include itself. "
        'Groups marked with neuroLexId="sao864921383" are cables without branches that share no '
        "segment.",
        "NeuroML 2: segmentGroup, member, include, path, subTree",
        '<segmentGroup id="dendrites"><include segmentGroup="dendrites"/></segmentGroup>',
        '<segmentGroup id="dendrites"><include segmentGroup="apical"/></segmentGroup>',
    ),
    Row(
        "biophysics.missing",
        "cell without what its equations read",
        "A cell needs membraneProperties. Without an initMembPotential it starts at -65 mV, and "
        "without a spikeThresh spikes are told at 0 mV, as in NEURON; a warning says so.",
        "NeuroML 2: membraneProperties",
        '<cell id="a"><morphology id="m">...</morphology></cell>',
        '<cell id="a" biophysicalProperties="b"><morphology id="m">...</morphology></cell>',
    ),
    Row(
        "biophysics.region",
        "biophysics of a part that the cell does not have",
        "Channel densities, capacitances and resistivities are for a segmentGroup of their cell, "
        "and every segment needs a capacitance and a resistivity.",
        "NeuroML 2: biophysicalProperties",
        '<specificCapacitance value="1 uF_per_cm2" segmentGroup="no_such_group"/>',
        '<specificCapacitance value="1 uF_per_cm2"/>',
    ),
)
