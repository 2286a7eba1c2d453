"""How the network runs here: precision, device, threads, batches of similar length.

The choice is made from what the machine has and can be overridden by argument or by the environment
(`SAYSO_PRECISION`, `SAYSO_THREADS`, `SAYSO_DEVICE`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from models import int8
from models.errors import ModelError
from models.network import Network

PRECISIONS = ("int8", "bf16", "fp32")
"""From the fastest to the most exact."""
PAD = 1
BATCH_TOKENS = 1024
"""Tokens of a batch: few enough for the inner caches of a processor."""
DEVICE_BATCH_TOKENS = 16_384
"""The same for a graphics processor, which wants many."""
LENGTH_STEP = 8

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all)."""
Ranges = dict[str, Tensor]


class RuntimeChoiceError(ModelError):
    """A precision, device or number of threads that this machine or version does not have."""


def choose_device(asked: str | None = None) -> torch.device:
    """The device asked for, else a GPU if torch sees one, else the processor."""
    name = asked or os.environ.get("SAYSO_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise RuntimeChoiceError(
            f"device {name!r} is not usable here: {error}; leave it out or say cpu"
        ) from error


def available(device: torch.device, ranges: Ranges | None) -> list[str]:
    """The precisions that are worth using here, the fastest first; fp32 is always the last."""
    found = []
    if not _lacks_int8(device, ranges):
        found.append("int8")
    if _multiplies_bf16(device):
        found.append("bf16")
    return [*found, "fp32"]


def choose_precision(asked: str | None, device: torch.device, ranges: Ranges | None = None) -> str:
    """The precision asked for, else the fastest that the hardware multiplies in.

    bf16 runs everywhere, slowly where the hardware lacks it; int8 needs the hardware and measured ranges.
    """
    name = asked or os.environ.get("SAYSO_PRECISION") or available(device, ranges)[0]
    if name not in PRECISIONS:
        raise RuntimeChoiceError(f"precision {name!r} is not one of {', '.join(PRECISIONS)}")
    lack = _lacks_int8(device, ranges) if name == "int8" else None
    if lack:
        raise RuntimeChoiceError(f"precision int8 is not there: {lack}; say bf16 or fp32, or leave it out")
    return name


def _lacks_int8(device: torch.device, ranges: Ranges | None) -> str | None:
    """Why 8-bit integers cannot be used, None if they can."""
    if device.type != "cpu":
        return f"it runs on processors, not on {device.type}"
    if not ranges:
        return "no ranges were measured for these weights (python -m models.training.ranges)"
    return None if int8.supported() else "this processor or build of torch has no fast product of bytes"


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type != "cpu":
        return False
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


def choose_threads(asked: int | None = None) -> int | None:
    """Threads asked for, or None to keep what torch and OMP_NUM_THREADS chose."""
    given = os.environ.get("SAYSO_THREADS") if asked is None else str(asked)
    if not given:
        return None
    if not given.isdigit() or int(given) < 1:
        raise RuntimeChoiceError(f"threads must be a number of at least 1, not {given!r}")
    return int(given)


class Runtime:
    """A network placed on a device in a precision; turns token windows into pooled vectors.

    `ranges` are those of the weights; without them there is no int8. On a processor each thread reads
    batches of its own, so that what a text is read as cannot depend on how many there are.
    """

    def __init__(
        self,
        network: Network,
        precision: str | None = None,
        device: str | None = None,
        threads: int | None = None,
        ranges: Ranges | None = None,
    ) -> None:
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device, ranges)
        self.threads = choose_threads(threads)
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        self.network = network.eval().to(self.device)
        self._encode = self._encoder(ranges or {})

    def _encoder(self, ranges: Ranges) -> Callable[[Tensor, Tensor], Tensor]:
        fast = torch.bfloat16 if _multiplies_bf16(self.device) else torch.float32
        if self.precision == "int8":
            encoder = int8.Int8Encoder(self.network, ranges, fast)
            self.network.layers = nn.ModuleList()
            return encoder.encode
        for layer in self.network.layers:
            for part in int8.PARTS:
                getattr(layer, part).to(torch.bfloat16 if self.precision == "bf16" else torch.float32)
        return self.network.encode

    def pooled(self, windows: Sequence[Sequence[int]], progress: Progress | None = None) -> Tensor:
        """Pooled vectors (w, 2d), float32 on the processor, in the order of the windows."""
        result = torch.empty(len(windows), 2 * self.network.shape.hidden)
        done = 0
        for places, vectors in self._spread(windows):
            result[places] = vectors
            done += len(places)
            if progress is not None:
                progress(done, len(windows))
        return result

    def _spread(self, windows: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Tensor]]:
        """Batches and their vectors. On a processor, torch works in one thread in each of ours."""

        def read(places: list[int]) -> tuple[list[int], Tensor]:
            return places, self._read([windows[place] for place in places])

        if self.device.type != "cpu":
            yield from map(read, batches(windows, DEVICE_BATCH_TOKENS))
            return
        with _single_threaded() as threads, ThreadPoolExecutor(threads) as pool:
            yield from pool.map(read, batches(windows))

    @torch.inference_mode()
    def _read(self, windows: Sequence[Sequence[int]]) -> Tensor:
        ids, mask = padded(windows)
        ids, mask = ids.to(self.device), mask.to(self.device)
        return self.network.pool(self._encode(ids, mask), mask).cpu()

    @torch.inference_mode()
    def judge(self, pooled: Tensor) -> dict[str, Tensor]:
        """Logits by head, float32 on the processor, for pooled texts (n, 2d)."""
        logits = self.network.judge(pooled.to(self.device))
        return {name: values.to("cpu", torch.float32) for name, values in logits.items()}


@contextmanager
def _single_threaded() -> Iterator[int]:
    """Torch in one thread, for as long as this lasts; gives how many it had."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)


def padded(windows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids (b, l) of windows of one padded width, and where they hold tokens."""
    width = _padded_width(len(windows[0]))
    ids = torch.full((len(windows), width), PAD)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = torch.tensor(window)
    return ids, ids != PAD


def batches(windows: Sequence[Sequence[int]], tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Places in order of length. A batch holds windows of one padded width, so that what a window is
    padded to, and with it every rounding, is the same whatever it is read with."""
    batch: list[int] = []
    width = 0
    for place in sorted(range(len(windows)), key=lambda place: len(windows[place])):
        needed = _padded_width(len(windows[place]))
        if batch and (needed != width or len(batch) == max(tokens // needed, 1)):
            yield batch
            batch = []
        width = needed
        batch.append(place)
    if batch:
        yield batch


def _padded_width(length: int) -> int:
    return -(-length // LENGTH_STEP) * LENGTH_STEP
