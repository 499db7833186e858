"""Pixels as rates."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

Image = pytest.importorskip("PIL.Image")


def written(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    pixels = np.random.default_rng(3).integers(0, 256, shape).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def test_an_image_gives_rates(tmp_path: Path) -> None:
    file = tmp_path / "grey.png"
    pixels = written(file, (4, 6))
    net = aml.Network()
    pop = net.create(aml.ImagePopulation(geometry=(4, 6)))
    post = net.create((4, 6), aml.Neuron(equations="r = sum(exc)"))
    net.connect(pop, post, "exc").one_to_one(weights=2.0)
    pop.set_image(file)
    assert np.array_equal(pop.r, pixels / 255.0)
    net.compile()
    pop.r = 0.0
    pop.set_image(file)
    net.step()
    assert post.r == pytest.approx(2.0 * pixels / 255.0)


def test_colours_and_other_sizes(tmp_path: Path) -> None:
    file = tmp_path / "colours.png"
    pixels = written(file, (8, 6, 3))
    net = aml.Network()
    colours = net.create(aml.ImagePopulation((8, 6, 3)))
    colours.set_image(file)
    assert np.array_equal(colours.r, pixels / 255.0)
    small = net.create(aml.ImagePopulation((4, 3, 1)))
    small.set_image(file)
    grey = Image.open(file).convert("L").resize((3, 4))
    assert np.array_equal(small.r, np.asarray(grey) / 255.0)


def test_faults_of_images(tmp_path: Path) -> None:
    pop = aml.Network().create(aml.ImagePopulation((2, 2)))
    with pytest.raises(aml.ANNarchyException, match=r"none\.png' cannot be read as an image"):
        pop.set_image(tmp_path / "none.png")
    for shape in (4, (2, 2, 2), (1, 2, 3, 4)):
        with pytest.raises(aml.ANNarchyException, match="the geometry of images is"):
            aml.ImagePopulation(shape)


class Camera:
    """A camera of OpenCV with two pictures."""

    def __init__(self, port: int) -> None:
        self.port, self.left, self.released = port, 2, False

    def isOpened(self) -> bool:
        return self.port == 1

    def read(self) -> tuple[bool, Any]:
        self.left -= 1
        return self.left >= 0, np.full((4, 4, 3), (0, 102, 51), np.uint8)

    def release(self) -> None:
        self.released = True


def test_a_camera_gives_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace(VideoCapture=Camera))
    pop = aml.Network().create(aml.VideoPopulation((2, 2, 3)))
    with pytest.raises(aml.ANNarchyException, match="no camera is open"):
        pop.grab_image()
    with pytest.raises(aml.ANNarchyException, match="there is no camera 7"):
        pop.start_camera(7)
    pop.start_camera(1)
    pop.grab_image()
    assert pop.r[0, 0].tolist() == [0.2, 0.4, 0.0]
    pop.grab_image()
    with pytest.raises(aml.ANNarchyException, match="the camera gives no picture"):
        pop.grab_image()
    pop.release()
    with pytest.raises(aml.ANNarchyException, match="no camera is open"):
        pop.grab_image()


def test_cameras_need_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    pop = aml.Network().create(aml.VideoPopulation((2, 2)))
    with pytest.raises(aml.ANNarchyException, match="cameras need OpenCV: pip install"):
        pop.start_camera()
