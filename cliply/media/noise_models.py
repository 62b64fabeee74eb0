"""Looks into RNNoise weights before FFmpeg is asked to read them."""

from pathlib import Path

from cliply.errors import ErrorCode, InvalidInput

HEADER = b"rnnoise-nu model file version 1\n"

MAX_BYTES = 4 << 20
"""The largest model in use has 350 KB; all 22 bands with 128 neurons a layer 1.5 MB."""

DENSE, RECURRENT = 1, 3
"""Kind of a layer: how many gates its neurons have."""

LAYERS = (DENSE, RECURRENT, RECURRENT, RECURRENT, DENSE, DENSE)
"""Input, voice, noise and denoise layers, the gains, and whether there is a voice."""

FEATURES, BANDS, MAX_NEURONS, ACTIVATIONS = 42, 22, 128, 3


def check_noise_model(path: Path) -> None:
    """Raises InvalidInput with `ATTACHMENT_DAMAGED` unless it is a whole RNNoise model.

    A line of three numbers opens each layer: inputs, neurons and activation; its weights
    follow on a line for each array, as FFmpeg reads them.
    """
    reason = _fault(path)
    if reason:
        raise InvalidInput(
            ErrorCode.attachment_damaged,
            f"audio_suite.noise.model is not an RNNoise model: {reason}. Give a text file that "
            f"begins with {HEADER.decode().strip()!r}, or use the method 'spectral'.",
        )


def _fault(path: Path) -> str:
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            return "its first line is another"
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        return f"it has more than {MAX_BYTES} bytes"
    try:
        lines = [[int(word) for word in line.split()] for line in content.splitlines()]
    except ValueError:
        return "there is something else than whole numbers in it"
    return _fault_of([line for line in lines if line])


def _fault_of(lines: list[list[int]]) -> str:
    """Sizes of the layers have to fit each other and the counts of weights."""
    rest, sizes = iter(lines), list[tuple[int, int]]()
    for number, gates in enumerate(LAYERS, 1):
        head = next(rest, [])
        if not _is_layer(head):
            return f"layer {number} has no sensible size"
        inputs, neurons, _ = head
        for count in _weights(gates, inputs, neurons):
            weights = next(rest, [])
            if len(weights) != count or not all(-128 <= weight <= 127 for weight in weights):
                return f"layer {number} has other weights than its size wants"
        sizes.append((inputs, neurons))
    return "" if _fits(sizes) and next(rest, None) is None else "its layers do not fit together"


def _weights(gates: int, inputs: int, neurons: int) -> list[int]:
    """Lengths of a layer's arrays: from its inputs, from itself, and its biases."""
    width = gates * neurons
    return [inputs * width, *([neurons * width] if gates == RECURRENT else []), width]


def _is_layer(head: list[int]) -> bool:
    if len(head) != 3:
        return False
    inputs, neurons, activation = head
    sensible = 0 < inputs <= 3 * MAX_NEURONS and 0 < neurons <= MAX_NEURONS
    return sensible and 0 <= activation < ACTIVATIONS


def _fits(sizes: list[tuple[int, int]]) -> bool:
    """What each layer hears: features, and the layers before it."""
    (_, first), (_, voice), (_, noise), (_, denoise), (_, gains), (_, heard) = sizes
    wanted = [
        FEATURES,
        first,
        first + voice + FEATURES,
        voice + noise + FEATURES,
        denoise,
        voice,
    ]
    return [inputs for inputs, _ in sizes] == wanted and (gains, heard) == (BANDS, 1)
