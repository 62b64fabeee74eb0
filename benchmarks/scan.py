"""The one decode, against a bare decode and against separate passes."""

import subprocess

import cv2
import numpy as np
from scenedetect import ContentDetector, detect

from benchmarks.media import talk
from benchmarks.timing import Row, alternate, cost_of, rows
from cliply.media.faces import make_detector
from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.probe import probe
from cliply.media.scan import scan

RUNS = 3


def measure() -> list[Row]:
    """Scan of 120 s of 1080p30 with cuts and faces."""
    path = talk(120)
    source = probe(path)
    detector = make_detector(None)

    def ours() -> None:
        scan(path, source, detector=detector)

    def bare_decode() -> None:
        command = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-i", str(path)]
        subprocess.run([*command, "-map", "0:v:0", "-f", "null", "-"], check=True)

    def separate_passes() -> None:
        detect(str(path), ContentDetector())
        capture = cv2.VideoCapture(str(path))
        for number in range(120 * 30):
            if number % 15:
                capture.grab()
                continue
            _, frame = capture.read()
            small = cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA)
            detector.detect(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8))

    scanned, decoded = alternate(ours, bare_decode, RUNS)
    separate = [cost_of(separate_passes)]
    return [
        *rows("scan 120 s 1080p30", scanned, decoded, against="bare decode", target=1.35),
        *rows("scan 120 s 1080p30", scanned, separate, against="a pass for cuts, a pass for faces"),
    ]
