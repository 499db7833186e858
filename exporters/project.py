"""A model as a C++ project of its own: kernels, engine, a tape of the network, how to build it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import BinaryIO

from annarchy_ml.exporters.atomic import replacing, write_faults
from annarchy_ml.exporters.documents.neuroml import document_id

TAPE = "model/network.tape"
_ENGINE = ("include", "src", "standalone")
_NOT_COMPILED = ("-x", "c", "-shared")
_CMAKE = Template("""\
# Builds the program `simulate`, which runs the model $name and writes its files.
cmake_minimum_required(VERSION 3.20)
project($name LANGUAGES C CXX)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

set(ANNARCHY_ML_ENGINE "" CACHE FILEPATH "A library of the engine that was built before")
if(ANNARCHY_ML_ENGINE)
  find_package(Threads REQUIRED)
  add_library(annarchy_ml_native STATIC IMPORTED)
  set_target_properties(annarchy_ml_native PROPERTIES IMPORTED_LOCATION $${ANNARCHY_ML_ENGINE})
  target_include_directories(annarchy_ml_native INTERFACE engine/include engine/src)
  target_link_libraries(annarchy_ml_native INTERFACE Threads::Threads $${CMAKE_DL_LIBS})
else()
  include(engine/native.cmake)
endif()

add_executable(simulate
  engine/standalone/files.cpp
  engine/standalone/main.cpp
  engine/standalone/playback.cpp
  engine/standalone/playback_connections.cpp
  engine/standalone/tape.cpp
  kernels/kernels.c
  kernels/symbols.c)
target_include_directories(simulate PRIVATE engine/standalone)
set_source_files_properties(engine/standalone/main.cpp PROPERTIES
  COMPILE_DEFINITIONS "AML_MODEL=\\"$${CMAKE_CURRENT_SOURCE_DIR}/$tape\\"")
# The same options as annarchy-ml gives its compiler, so that the bits are the same.
set_source_files_properties(kernels/kernels.c PROPERTIES COMPILE_OPTIONS "$flags")
target_link_libraries(simulate PRIVATE annarchy_ml_native $links)
""")
_README = Template("""\
# $name

A model that annarchy_ml has written as a program of its own: it needs CMake, a C and a C++
compiler.

    cmake -S . -B build && cmake --build build -j
    build/simulate --out results

writes the files that the model names, the same as `annarchy-ml run`, for any number of threads
(`--threads`). Bits are the same where the compiler and the processor are those that
`annarchy-ml` would use.

| | |
|---|---|
| `kernels/kernels.c` | the equations of the model as loops |
| `$tape` | the network: sizes, values, connections, recordings |
| `engine` | the native engine of annarchy_ml, and the program that plays the tape |
""")


@dataclass(frozen=True, slots=True)
class Project:
    """What a project is made of.

    Attributes:
        name: of the model.
        kernels: C text of its kernels.
        symbols: names of the functions in them, in the order of their numbers on the tape.
        flags, linking: what the compiler is called with to make a library of them.
        native: folder with the sources of the engine.
        write_tape: writes the tape.
    """

    name: str
    kernels: str
    symbols: Sequence[str]
    flags: Sequence[str]
    linking: Sequence[str]
    native: Path
    write_tape: Callable[[BinaryIO], object]


def write_project(made: Project, folder: Path) -> list[Path]:
    """Writes the project into a folder.

    Returns:
        The folder, and the file to build it with.

    Raises:
        EnvironmentFault: If something cannot be written.
    """
    name = document_id(made.name)
    flags = ";".join(item for item in made.flags if item not in _NOT_COMPILED)
    links = " ".join(item for item in made.linking if item.startswith("-l"))
    known = {"name": name, "flags": flags, "links": links, "tape": TAPE}
    texts = {
        "CMakeLists.txt": _CMAKE.substitute(known),
        "README.md": _README.substitute(known),
        "kernels/kernels.c": made.kernels,
        "kernels/symbols.c": _symbols(made.symbols),
    }
    for place, text in texts.items():
        with replacing(folder / place) as temporary:
            temporary.write_text(text, encoding="utf-8")
    with replacing(folder / TAPE) as temporary, temporary.open("wb") as out:
        made.write_tape(out)
    _copy_engine(made.native, folder / "engine")
    return [folder, folder / "CMakeLists.txt"]


def _symbols(symbols: Sequence[str]) -> str:
    """The functions as a table."""
    declared = "".join(f"extern void {name}(void);\n" for name in symbols)
    listed = "".join(f"    {name},\n" for name in symbols)
    return (
        "/* The functions of kernels.c by their number on the tape, from 1 on. */\n"
        f"{declared}\n"
        f"void (*const aml_symbols[])(void) = {{\n{listed}    0}};\n"
        f"const long aml_symbol_count = {len(symbols)};\n"
    )


def _copy_engine(native: Path, folder: Path) -> None:
    with write_faults(folder):
        for part in _ENGINE:
            shutil.copytree(native / part, folder / part, dirs_exist_ok=True)
        shutil.copyfile(native / "native.cmake", folder / "native.cmake")
