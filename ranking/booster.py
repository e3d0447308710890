"""A trained LightGBM model, read and asked through the library's C interface.

The Python package would cost two seconds and 130 MB of pandas and scikit-learn; this costs 3 ms and 3 MB.
It never trains, and never uses more than the caller's own thread.
"""

import ctypes
import importlib.util
import weakref
from functools import cache
from pathlib import Path

import numpy as np

from ranking.features import Floats

# Values of LightGBM's c_api.h (C_API_DTYPE_FLOAT64, C_API_PREDICT_RAW_SCORE, C_API_PREDICT_CONTRIB).
_FLOAT64, _RAW_SCORE, _CONTRIBUTIONS = 1, 1, 3
_PARAMETERS = b"num_threads=1 verbosity=-1"


class BoosterFailed(Exception):
    """The library is absent or refused: its own words are the message."""


@cache
def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec("lightgbm")
    folders = spec.submodule_search_locations if spec else None
    found = [file for folder in folders or () for file in sorted(Path(folder).glob("*/*lightgbm.*"))]
    if not found:
        raise BoosterFailed("the library of LightGBM is not installed")
    library = ctypes.CDLL(str(found[0]))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def _checked(library: ctypes.CDLL, status: int) -> None:
    if status != 0:
        raise BoosterFailed(library.LGBM_GetLastError().decode("utf-8", "replace"))


class Booster:
    """One model in memory; may be asked from several threads at once."""

    def __init__(self, text: str) -> None:
        """Reads the model's text. Raises BoosterFailed. Only for text whose checksum was compared."""
        self._library = _library()
        self._handle, rounds, width = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
        loaded = self._library.LGBM_BoosterLoadModelFromString(
            ctypes.c_char_p(text.encode()), ctypes.byref(rounds), ctypes.byref(self._handle)
        )
        _checked(self._library, loaded)
        weakref.finalize(self, self._library.LGBM_BoosterFree, self._handle)
        _checked(self._library, self._library.LGBM_BoosterGetNumFeature(self._handle, ctypes.byref(width)))
        self.trees, self.width = rounds.value, width.value

    def raw(self, x: Floats) -> Floats:
        """float64 [n, width] → float64 [n]: the sum of the trees."""
        return self._predict(x, _RAW_SCORE, 1)[:, 0]

    def contributions(self, x: Floats) -> Floats:
        """float64 [n, width] → [n, width + 1]: what each feature adds (TreeSHAP), last what none adds."""
        return self._predict(x, _CONTRIBUTIONS, self.width + 1)

    def _predict(self, x: Floats, kind: int, wide: int) -> Floats:
        if x.ndim != 2 or x.shape[1] != self.width:
            raise ValueError(f"rows of {self.width} values are needed, not an array of shape {x.shape}")
        rows, out = np.ascontiguousarray(x, dtype=np.float64), np.zeros((len(x), wide))
        if len(rows) == 0:
            return out
        written = ctypes.c_int64()
        status = self._library.LGBM_BoosterPredictForMat(
            self._handle, rows.ctypes.data_as(ctypes.c_void_p), ctypes.c_int(_FLOAT64),
            ctypes.c_int32(len(rows)), ctypes.c_int32(self.width), ctypes.c_int(1), ctypes.c_int(kind),
            ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_char_p(_PARAMETERS),
            ctypes.byref(written), out.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )  # fmt: skip
        _checked(self._library, status)
        return out
