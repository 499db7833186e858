"""Catalog rows for networks, unsupported constructs, compiling and running."""

from __future__ import annotations

from annarchy_ml.diagnostics.catalog_entry import CatalogEntry as Row

RUN_ENTRIES = (
    Row(
        "connection.invalid",
        "connection that cannot be made",
        "A connection names a population, a cell or a segment that does not exist.",
        "NeuroML 2: projection, connection",
        '<projection id="x" presynapticPopulation="p" postsynapticPopulation="none" synapse="s"/>',
        '<projection id="x" presynapticPopulation="p" postsynapticPopulation="q" synapse="s"/>',
    ),
    Row(
        "unsupported.construct",
        "construct not supported",
        "The model is valid, but annarchy_ml cannot run this construct yet; it is refused rather "
        "than left out.",
        "annarchy_ml: supported constructs",
        '<Simulation id="s" length="1s" step="1ms" target="n"><Record .../></Simulation>',
        '<Simulation id="s" length="1s" step="1ms" target="n"><OutputFile .../></Simulation>',
    ),
    Row(
        "unsupported.morphology",
        "morphology not supported here",
        "The model is valid, but this use of a cell with segments cannot be run yet.",
        "annarchy_ml: cells with morphology",
        "a gap junction between two dendrites with device='cuda'",
        "the same model with device='cpu'",
    ),
    Row(
        "unsupported.device",
        "construct not on the device",
        "The model is valid, but this part of it cannot run on a GPU; nothing of a model goes to "
        "the CPU unasked.",
        "annarchy_ml: devices",
        "annarchy-ml run LEMS_model.xml --device cuda",
        "annarchy-ml run LEMS_model.xml --device cpu",
    ),
    Row(
        "device.no-driver",
        "no CUDA driver",
        "The driver of the GPU is not installed, or is not visible here, as in a container that "
        "was started without it.",
        "annarchy_ml: devices",
        "annarchy-ml run LEMS_model.xml --device cuda  (on a machine without a GPU)",
        "annarchy-ml run LEMS_model.xml --device cpu",
    ),
    Row(
        "device.not-found",
        "no such device",
        "The driver knows no device of this number; CUDA_VISIBLE_DEVICES may hide some.",
        "annarchy_ml: devices",
        "annarchy-ml run LEMS_model.xml --device cuda:7  (on a machine with one GPU)",
        "annarchy-ml run LEMS_model.xml --device cuda",
    ),
    Row(
        "device.no-compiler",
        "no compiler for the device",
        "Programs for GPUs are compiled by NVRTC, which comes as a wheel.",
        "annarchy_ml: devices",
        "annarchy-ml run LEMS_model.xml --device cuda  (without NVRTC)",
        "pip install 'annarchy-ml[cuda]'",
    ),
    Row(
        "device.failed",
        "device failed",
        "The driver reported an error, told by its own name; another program may have broken the "
        "device, or it lacks what is needed.",
        "annarchy_ml: devices",
        "annarchy-ml run LEMS_model.xml --device cuda  (on a device that was lost)",
        "annarchy-ml run LEMS_model.xml --device cpu",
    ),
    Row(
        "output.outside",
        "output outside the output folder",
        "A file name in the model leads out of the folder that results may be written to.",
        "annarchy_ml: safety of model files",
        '<OutputFile id="o" fileName="/etc/results.dat"/>',
        '<OutputFile id="o" fileName="results.dat"/>',
    ),
    Row(
        "output.duplicate",
        "two outputs write the same file",
        "The second output would overwrite the first.",
        "LEMS: OutputFile",
        '<OutputFile id="a" fileName="v.dat"/>\n<OutputFile id="b" fileName="v.dat"/>',
        '<OutputFile id="a" fileName="v.dat"/>\n<OutputFile id="b" fileName="w.dat"/>',
    ),
    Row(
        "run.nonfinite",
        "state is infinite or not a number",
        "A state variable left the range of finite numbers; the run was stopped and what was "
        "recorded before is kept. The step is often too large.",
        "annarchy_ml: running",
        '<Simulation id="s" length="1s" step="5ms" target="net"/>',
        '<Simulation id="s" length="1s" step="0.025ms" target="net"/>',
    ),
    Row(
        "run.step",
        "step does not fit the model",
        "The step must be positive, and not longer than what it has to resolve: the run, a "
        "delay, a refractory time.",
        "LEMS: Simulation, step",
        '<Simulation id="s" length="100ms" step="0ms" target="net"/>',
        '<Simulation id="s" length="100ms" step="0.01ms" target="net"/>',
    ),
    Row(
        "run.noise-step",
        "noise that depends on the step",
        "A random number is drawn in every step inside a derivative, so halving the step changes "
        "the strength of the noise.",
        "LEMS: random",
        '<TimeDerivative variable="v" value="random(1) * s / tau"/>',
        '<OnCondition test="t .gt. next"><StateAssignment variable="noise" value="random(1)"/>'
        '<StateAssignment variable="next" value="next + interval"/></OnCondition>',
    ),
    Row(
        "run.event-loop",
        "events without delay go round in a circle",
        "Each event causes the next one within the same step, without end, so the time cannot go "
        "on. What sends an event when one arrives must not get it back without a delay.",
        "LEMS: EventConnection, delay",
        '<synapticConnection from="relay[0]" to="relay[0]" synapse="syn"/>',
        '<synapticConnectionWD from="relay[0]" to="relay[0]" synapse="syn" weight="1" '
        'delay="1ms"/>',
    ),
    Row(
        "memory.exceeded",
        "model needs more memory than there is",
        "The estimate made before anything is allocated is larger than the memory of this "
        "machine or the budget given.",
        "annarchy_ml: memory is estimated before it is taken",
        "an all-to-all projection of 1,000,000 onto 1,000,000 cells",
        "a projection with a fixed number of 1,000 inputs per cell",
    ),
    Row(
        "compile.failed",
        "generated code was not accepted",
        "The C compiler refused the generated kernel; the equation it came from is "
        "shown before the compiler's own words.",
        "annarchy_ml: engine",
        "CXX=/usr/bin/true annarchy-ml run LEMS_model.xml",
        "CXX=/usr/bin/c++ annarchy-ml run LEMS_model.xml",
    ),
    Row(
        "compile.no-compiler",
        "no compiler found",
        "No C compiler was found, so the model runs on the slower built-in path.",
        "annarchy_ml: engine",
        "annarchy-ml run LEMS_model.xml  (no C compiler on the machine)",
        "pip install 'annarchy-ml[compiler]'",
    ),
)
