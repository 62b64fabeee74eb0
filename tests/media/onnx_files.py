"""Tiny networks in ONNX files whose answers are known, written without the onnx package.

Each takes a bright square that covers one of its fields for a face; the messages are those of
onnx.proto, in protobuf's wire format.
"""

import struct
from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path

import numpy as np

from tests.media.synthesis import Picture

CELL_PX = 32
"""Side of a field, of which the network sees the mean."""

FACE_PX = 96
"""Side of the face that a bright field is told to be in the middle of."""

NETWORK_PX = 640
BRIGHT, DARK = 250, 20

FLOAT, INT64 = 1, 7


def yolo_grid(path: Path, *, names: str = "{0: 'face'}", landmarks: int = 0) -> Path:
    """[1, 4 + 1 + landmarks, 400] as of v8 and v11; neighbours' faces overlap by half."""
    middles = _middles()
    boxes = np.vstack([middles, np.full_like(middles, FACE_PX)])[None]
    tail = np.zeros((1, landmarks, middles.shape[1]), np.float32)
    parts = ["boxes", "scores"] + ["tail"] * bool(landmarks)
    nodes = [*_scored(), _node("Concat", parts, "output0", axis=1)]
    shape = (1, 5 + landmarks, middles.shape[1])
    constants = {"boxes": boxes, **({"tail": tail} if landmarks else {})}
    return _write(path, nodes, constants | _scoring((1, 1, -1)), {"output0": shape}, names)


def yolo_chosen(path: Path, *, names: str = "{0: 'hand', 1: 'face'}") -> Path:
    """[1, 400, 6] as of end-to-end networks; every second row is of class 0, the rest of 1."""
    middles = _middles().T
    edges = np.hstack([middles - FACE_PX / 2, middles + FACE_PX / 2])[None]
    classes = (np.arange(len(middles)) % 2).astype(np.float32).reshape(1, -1, 1)
    nodes = [*_scored(), _node("Concat", ["edges", "scores", "kinds"], "output0", axis=2)]
    constants = {"edges": edges, "kinds": classes} | _scoring((1, -1, 1))
    return _write(path, nodes, constants, {"output0": (1, len(middles), 6)}, names)


def yunet(path: Path) -> Path:
    """YuNet's twelve outputs, of which only those of the coarsest fields find anything."""
    nodes, constants, outputs = [], {}, {}
    for stride in (8, 16, 32):
        nodes.append(_pool("input", f"seen_{stride}", stride))
        for part, channels in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            name = f"{part}_{stride}"
            weights = np.zeros((channels, 3, 1, 1), np.float32)
            bias = np.zeros(channels, np.float32)
            if part in ("cls", "obj") and stride == CELL_PX:
                weights += 1 / 3 / 255
            if part == "bbox":
                bias[:] = (0.5, 0.5, log(FACE_PX / stride), log(FACE_PX / stride))
            constants |= {f"w_{name}": weights, f"b_{name}": bias}
            constants[f"s_{name}"] = np.array([1, -1, channels], np.int64)
            nodes += [
                _node("Conv", [f"seen_{stride}", f"w_{name}", f"b_{name}"], f"c_{name}"),
                _node("Transpose", [f"c_{name}"], f"t_{name}", perm=(0, 2, 3, 1)),
                _node("Reshape", [f"t_{name}", f"s_{name}"], name),
            ]
            outputs[name] = (1, (NETWORK_PX // stride) ** 2, channels)
    return _write(path, nodes, constants, outputs, "", input_name="input")


def sface(path: Path) -> Path:
    """A recogniser that describes a face by how bright its sixteen fields are."""
    constants = {
        "w": np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1),
        "b": np.full(3, -128, np.float32),
    }
    nodes = [
        _node("Conv", ["data", "w", "b"], "centred"),
        _pool("centred", "fields", 28),
        _node("Flatten", ["fields"], "fc1"),
    ]
    outputs = {"fc1": (1, 48)}
    return _write(path, nodes, constants, outputs, "", input_name="data", side_px=112)


def square_on(size: tuple[int, int], column: int, row: int) -> tuple[Picture, list[float]]:
    """A grey picture with a bright field of the network, and left, top, width and height of the
    face in it as fractions. `size` is (width, height); it has to fit the network's fields."""
    scale = NETWORK_PX / max(size)
    offsets = [(NETWORK_PX - side * scale) // 2 for side in size]
    picture = np.full((size[1], size[0]), DARK, np.uint8)
    left, top = (
        round((place * CELL_PX - offset) / scale)
        for place, offset in zip((column, row), offsets, strict=True)
    )
    side = round(CELL_PX / scale)
    picture[top : top + side, left : left + side] = BRIGHT
    room = (FACE_PX / scale - side) / 2
    box = (left - room, top - room, side + 2 * room, side + 2 * room)
    return picture, [part / size[n % 2] for n, part in enumerate(box)]


def _middles() -> np.ndarray:
    """x and y of the middle of each field, row by row: float32 [2, 400]."""
    places = (np.arange(NETWORK_PX // CELL_PX) + 0.5) * CELL_PX
    x, y = np.meshgrid(places, places)
    return np.stack([x.ravel(), y.ravel()]).astype(np.float32)


def _scored() -> list[bytes]:
    return [
        _pool("images", "seen", CELL_PX),
        _node("Conv", ["seen", "mean", "offset"], "bright"),
        _node("Reshape", ["bright", "shape"], "scores"),
    ]


def _scoring(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {
        "mean": np.full((1, 3, 1, 1), 2 / 3, np.float32),  # twice, less one: grey is no face
        "offset": np.full(1, -1, np.float32),
        "shape": np.array(shape, np.int64),
    }


def _pool(source: str, target: str, side: int) -> bytes:
    return _node("AveragePool", [source], target, kernel_shape=(side, side), strides=(side, side))


def _write(
    path: Path,
    nodes: Sequence[bytes],
    constants: Mapping[str, np.ndarray],
    outputs: Mapping[str, tuple[int, ...]],
    names: str,
    input_name: str = "images",
    side_px: int = NETWORK_PX,
) -> Path:
    graph = b"".join(
        [
            *(_bytes(1, node) for node in nodes),
            _bytes(2, b"test"),
            *(_bytes(5, _tensor(name, values)) for name, values in constants.items()),
            _bytes(11, _value(input_name, (1, 3, side_px, side_px))),
            *(_bytes(12, _value(name, shape)) for name, shape in outputs.items()),
        ]
    )
    model = _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))
    if names:
        model += _bytes(14, _bytes(1, b"names") + _bytes(2, names.encode()))
    path.write_bytes(model)
    return path


def _node(kind: str, sources: Sequence[str], target: str, **attributes: object) -> bytes:
    return b"".join(
        [
            *(_bytes(1, source.encode()) for source in sources),
            _bytes(2, target.encode()),
            _bytes(4, kind.encode()),
            *(_bytes(5, _attribute(name, value)) for name, value in attributes.items()),
        ]
    )


def _attribute(name: str, value: object) -> bytes:
    head = _bytes(1, name.encode())
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    assert isinstance(value, tuple)
    return head + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _tensor(name: str, values: np.ndarray) -> bytes:
    kind = INT64 if values.dtype == np.int64 else FLOAT
    data = values if kind == INT64 else values.astype("<f4")
    sizes = b"".join(_number(1, side) for side in values.shape)
    return sizes + _number(2, kind) + _bytes(8, name.encode()) + _bytes(9, data.tobytes())


def _value(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_bytes(1, _number(1, side)) for side in shape)
    kind = _bytes(1, _number(1, FLOAT) + _bytes(2, sides))
    return _bytes(1, name.encode()) + _bytes(2, kind)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + struct.pack("B", value)
