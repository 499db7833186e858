"""Catalog rows for files, includes, component types, components and their attributes."""

from __future__ import annotations

from annarchy_ml.diagnostics.catalog_entry import CatalogEntry as Row

DOCUMENT_ENTRIES = (
    Row(
        "xml.malformed",
        "not well-formed XML",
        "The file cannot be read as XML, so nothing after the marked place is known.",
        "XML 1.0: well-formed documents",
        '<neuroml id="doc"><iafCell id="a">\n</neuroml>',
        '<neuroml id="doc"><iafCell id="a"/>\n</neuroml>',
    ),
    Row(
        "xml.unsafe",
        "XML feature that is switched off",
        "Entities, document type definitions and extreme nesting are refused, because a model "
        "file must not be able to read other files or exhaust memory.",
        "annarchy_ml: safety of model files",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "other.txt">]>\n<neuroml id="doc">&x;</neuroml>',
        '<neuroml id="doc"><notes>the text itself</notes></neuroml>',
    ),
    Row(
        "file.missing",
        "file not found",
        "The model file that was asked for does not exist or cannot be read.",
        "annarchy_ml: command line",
        "annarchy-ml run LEMS_modle.xml",
        "annarchy-ml run LEMS_model.xml",
    ),
    Row(
        "file.unrecognized",
        "not a model file",
        "The file is readable, but neither its content nor its name belongs to a known format.",
        "annarchy_ml: input formats",
        "<html><body>404 not found</body></html>",
        '<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="doc"/>',
    ),
    Row(
        "file.changed",
        "file changed while the model was in use",
        "Texts of long lists, such as ids of connections, are not kept but read from the file "
        "again where they are needed. The file is not what it was when the model was read.",
        "annarchy_ml: large networks",
        'model = annarchy_ml.load("net.nml")  # and net.nml is written anew before it runs',
        'model = annarchy_ml.load("net.nml")  # after net.nml is written',
    ),
    Row(
        "include.missing",
        "included file not found",
        "The file is neither beside the including file, nor in the folder of the main file, nor "
        "in a folder given with --include, nor among the core definitions.",
        "LEMS: Include",
        '<Include file="Cels.xml"/>',
        '<Include file="Cells.xml"/>',
    ),
    Row(
        "include.outside",
        "included file outside the allowed folders",
        "A model file is untrusted input. It may include files of its project (the folder of the "
        "main file, and up to three folders above it, but no home, temporary or system folder), of "
        "folders given with --include, and the core definitions; links count where they lead. "
        "Nothing is read from a network.",
        "annarchy_ml: safety of model files",
        '<Include file="../../../../../private/secret.xml"/>',
        '<Include file="channels/na.channel.nml"/>',
    ),
    Row(
        "dimension.unknown",
        "unknown dimension",
        "A declaration names a dimension that no included file defines.",
        "LEMS: Dimension",
        '<Parameter name="tau" dimension="tme"/>',
        '<Parameter name="tau" dimension="time"/>',
    ),
    Row(
        "dimension.duplicate",
        "dimension defined twice",
        "Two definitions of the same dimension or unit differ, so a quantity has two readings.",
        "LEMS: Dimension, Unit",
        '<Dimension name="rate" t="-1"/>\n<Dimension name="rate" t="1"/>',
        '<Dimension name="rate" t="-1"/>',
    ),
    Row(
        "type.unknown",
        "unknown component type",
        "An element, or its type attribute, names a component type that no included file defines.",
        "LEMS: ComponentType",
        '<iafcell id="a" leakReversal="-70mV"/>',
        '<iafCell id="a" leakReversal="-70mV"/>',
    ),
    Row(
        "type.duplicate",
        "component type defined twice",
        "Two component types have the same name and different content.",
        "LEMS: ComponentType",
        '<ComponentType name="myCell"/>\n<ComponentType name="myCell" extends="baseCell"/>',
        '<ComponentType name="myCell" extends="baseCell"/>',
    ),
    Row(
        "type.cycle",
        "component type extends itself",
        "Following `extends` from this type leads back to it.",
        "LEMS: ComponentType, extends",
        '<ComponentType name="a" extends="b"/>\n<ComponentType name="b" extends="a"/>',
        '<ComponentType name="a"/>\n<ComponentType name="b" extends="a"/>',
    ),
    Row(
        "component.unknown",
        "unknown component",
        "A reference names a component that is defined nowhere.",
        "LEMS: ComponentReference",
        '<iafCell id="iaf1"/>\n<population id="p" component="iaf" size="1"/>',
        '<iafCell id="iaf1"/>\n<population id="p" component="iaf1" size="1"/>',
    ),
    Row(
        "component.duplicate",
        "component defined twice",
        "Two components in the same place carry the same id, so a reference to it is ambiguous.",
        "LEMS: Component, id",
        '<expOneSynapse id="s" gbase="1nS"/>\n<expOneSynapse id="s" gbase="2nS"/>',
        '<expOneSynapse id="s1" gbase="1nS"/>\n<expOneSynapse id="s2" gbase="2nS"/>',
    ),
    Row(
        "component.wrong-type",
        "component of the wrong type",
        "The component exists, but its type is not the one (nor an extension of the one) that "
        "this place asks for.",
        "LEMS: ComponentReference, Child, Children",
        '<population id="p" component="syn1" size="1"/>  (syn1 is an expOneSynapse)',
        '<population id="p" component="cell1" size="1"/>',
    ),
    Row(
        "attribute.unknown",
        "attribute that nobody reads",
        "The component type has no parameter, property or reference of this name; its value "
        "would be silently lost.",
        "LEMS: ComponentType, Parameter",
        '<pulseGenerator id="i" delay="0ms" duration="1ms" amplitud="1nA"/>',
        '<pulseGenerator id="i" delay="0ms" duration="1ms" amplitude="1nA"/>',
    ),
    Row(
        "attribute.missing",
        "attribute missing",
        "The component type declares a parameter or reference that has no value here and no "
        "default.",
        "LEMS: ComponentType, Parameter",
        '<pulseGenerator id="i" delay="0ms" duration="1ms"/>',
        '<pulseGenerator id="i" delay="0ms" duration="1ms" amplitude="1nA"/>',
    ),
    Row(
        "attribute.duplicate",
        "name declared twice",
        "One component type declares two quantities of the same name in the same block.",
        "LEMS: ComponentType, Dynamics",
        '<Parameter name="g" dimension="conductance"/>\n<Parameter name="g" dimension="voltage"/>',
        '<Parameter name="g" dimension="conductance"/>\n<Parameter name="e" dimension="voltage"/>',
    ),
    Row(
        "element.unknown",
        "element that nobody reads",
        "This element is neither a component type, nor a child that the enclosing type declares, "
        "nor an annotation; its content would be silently lost.",
        "LEMS: Child, Children",
        '<OnCondition test="v .gt. 0"><StateAssign variable="v" value="0"/></OnCondition>',
        '<OnCondition test="v .gt. 0"><StateAssignment variable="v" value="0"/></OnCondition>',
    ),
    Row(
        "simulation.missing",
        "nothing to run",
        "The file defines components but no Target names a Simulation, so there is no duration, "
        "step or output.",
        "LEMS: Target, Simulation",
        '<Lems><Include file="net.nml"/></Lems>',
        '<Lems><Target component="sim1"/>\n'
        '<Simulation id="sim1" length="100ms" step="0.01ms" target="net1"/></Lems>',
    ),
)
