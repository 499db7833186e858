"""Pixels as rates: of image files, and of a camera."""

from __future__ import annotations

from typing import Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.geometry import shape_of
from annarchy_ml.importers.equations.inputs.source import Source
from annarchy_ml.importers.equations.neuron import Neuron

COLOURS = 3


class ImagePopulation(Source):
    """Rate-coded neurons, one for each pixel, with rates from 0 to 1.

    The geometry is (height, width) for luminance, (height, width, 3) for red, green and blue.
    Needs Pillow.
    """

    def __init__(self, geometry: Any, name: str | None = None) -> None:
        shape = shape_of(geometry)
        if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, COLOURS)):
            raise ANNarchyException(
                f"the geometry of images is (height, width) or (height, width, 3), not {geometry!r}"
            )
        shape = shape[:2] if shape[2:] == (1,) else shape
        neuron = Neuron(parameters="r = 0.0", name=type(self).__name__)
        super().__init__(shape, neuron, name)

    def set_image(self, filename: Any) -> None:
        """Shows the picture of a file, scaled to the geometry if it has another size.

        Raises:
            ANNarchyException: If it cannot be read.
        """
        image = _pillow()
        try:
            with image.open(filename) as found:
                self._show(found)
        except OSError as fault:
            raise ANNarchyException(f"'{filename}' cannot be read as an image: {fault}") from fault

    def _show(self, picture: Any) -> None:
        height, width = self.geometry[:2]
        shown = picture.convert("RGB" if len(self.geometry) == COLOURS else "L")
        if shown.size != (width, height):
            shown = shown.resize((width, height))
        self.r = np.asarray(shown, float).reshape(self.geometry) / 255.0


class VideoPopulation(ImagePopulation):
    """An `ImagePopulation` of what a camera sees, from `start_camera` on. Needs OpenCV, too."""

    _camera: Any = None

    def start_camera(self, camera_port: int = 0) -> None:
        """Opens a camera, by its number.

        Raises:
            ANNarchyException: If there is none.
        """
        try:
            import cv2
        except ImportError as fault:
            message = "cameras need OpenCV: pip install opencv-python-headless"
            raise ANNarchyException(message) from fault
        camera = cv2.VideoCapture(camera_port)
        if not camera.isOpened():
            raise ANNarchyException(f"there is no camera {camera_port}")
        self.__dict__["_camera"] = camera

    def grab_image(self) -> None:
        """Shows what the camera sees now.

        Raises:
            ANNarchyException: If none is open, or it gives no picture.
        """
        if self._camera is None:
            raise ANNarchyException("no camera is open: call start_camera()")
        came, pixels = self._camera.read()  # (height, width, 3): blue, green, red
        if not came:
            raise ANNarchyException("the camera gives no picture")
        self._show(_pillow().fromarray(np.ascontiguousarray(pixels[:, :, ::-1])))

    def release(self) -> None:
        """Closes the camera."""
        if self._camera is not None:
            self._camera.release()
        self.__dict__["_camera"] = None


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as fault:
        raise ANNarchyException("images need Pillow: pip install pillow") from fault
    return Image
