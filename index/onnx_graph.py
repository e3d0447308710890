"""Writes the e5 encoder as an ONNX graph from the 4-bit file, and its int8 form, without torch.

The graph takes embedded words, so that the big table stays in the mapped file; it never holds the table.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from index.e5_file import E5File, Floats

OPSET, IR = 21, 10
# engine -> 7-bit weights: without VNNI the u8·s8 kernels of ONNX Runtime can saturate
ENGINES: Mapping[str, bool] = {"int8": False, "int8r": True}
_MS = "com.microsoft"
_POOLING = "summed"
_EPSILON = 1e-12


def float_graph(file: E5File) -> onnx.ModelProto:
    """In float32: `words` [B, T, width], `mask` int64 [B, T] → `vector` [B, width], unit length."""
    return _Writer(file).model()


def write_int8(model: onnx.ModelProto, path: Path, *, reduced: bool) -> None:
    """The model with its constant matrices in int8; `reduced` uses 7 bits, for processors without VNNI."""
    quantize_dynamic(
        model,
        path,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=reduced,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[_POOLING],
        # Shapes cannot be inferred through the com.microsoft nodes: say that everything is float.
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": 1},
    )


class _Writer:
    """Collects nodes and constants; every node has the name of its first output."""

    def __init__(self, file: E5File) -> None:
        self.file = file
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def model(self) -> onnx.ModelProto:
        state = self._embedded()
        for layer in range(self.file.layers):
            state = self._layer(f"l{layer}.", state)
        self._pooled(state)
        width = self.file.width
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "e5",
            [
                value("words", TensorProto.FLOAT, ["B", "T", width]),
                value("mask", TensorProto.INT64, ["B", "T"]),
            ],
            [value("vector", TensorProto.FLOAT, ["B", width])],
            self.constants,
        )
        sets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_MS, 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=IR)

    def _embedded(self) -> str:
        file = self.file
        places = file.vector("emb.pos").reshape(-1, file.width) + file.vector("emb.type")[: file.width]
        for name, number in (("zero", 0), ("one", 1)):
            self._constant(name, np.array([number], np.int64))
        self._node("Shape", ["mask"], "length", start=1, end=2)
        self._constant("places", places[None])
        self._node("Slice", ["places", "zero", "length", "one"], "places_used")
        self._node("Add", ["words", "places_used"], "placed")
        self._node("Cast", ["mask"], "mask32", to=TensorProto.INT32)
        scale, shift = (self._constant(f"begin.{k}", file.vector(f"emb.ln.{k}")) for k in "wb")
        return self._node("LayerNormalization", ["placed", scale, shift], "begun", axis=-1, epsilon=_EPSILON)

    def _layer(self, at: str, state: str) -> str:
        file = self.file
        mixed = self._times(state, [at + "q.w", at + "k.w", at + "v.w"], file.width, at + "qkv")
        bias = np.concatenate([file.vector(at + name) for name in ("q.b", "k.b", "v.b")])
        mixed = self._node("Add", [mixed, self._constant(at + "qkv_bias", bias)], at + "qkv_biased")
        parts = [at + "q", at + "k", at + "v"]
        self._node("Split", [mixed], *parts, axis=-1, num_outputs=3)
        seen = self._node(
            "MultiHeadAttention", [*parts, "", "mask32"], at + "seen", domain=_MS, num_heads=file.heads
        )
        told = self._times(seen, [at + "ao.w"], file.width, at + "told")
        state = self._added(told, state, at + "ao.b", at + "aln", at + "between")
        wide = self._times(state, [at + "fi.w"], file.width, at + "wide")
        bias_name = self._constant(at + "wide_bias", file.vector(at + "fi.b"))
        wide = self._node("BiasGelu", [wide, bias_name], at + "bent", domain=_MS)
        narrow = self._times(wide, [at + "fo.w"], file.inner, at + "narrow")
        return self._added(narrow, state, at + "fo.b", at + "oln", at + "out")

    def _pooled(self, state: str) -> None:
        self._node("Cast", ["mask"], "weights", to=TensorProto.FLOAT)
        self._node("Unsqueeze", ["weights", "one"], "weights_row")
        self._node("MatMul", ["weights_row", state], _POOLING)
        self._node("Squeeze", [_POOLING, "one"], "sum")
        self._node("ReduceSum", ["weights", "one"], "count", keepdims=1)
        self._node("Div", ["sum", "count"], "mean")
        self._node("LpNormalization", ["mean"], "vector", axis=1, p=2)

    def _times(self, value: str, names: Sequence[str], columns: int, out: str) -> str:
        weights: Floats = np.concatenate([self.file.matrix(name, columns) for name in names])
        return self._node("MatMul", [value, self._constant(out + "_weights", weights.T)], out)

    def _added(self, value: str, state: str, bias: str, norm: str, out: str) -> str:
        names = [self._constant(name, self.file.vector(name)) for name in (norm + ".w", norm + ".b", bias)]
        inputs = [value, state, *names]
        return self._node("SkipLayerNormalization", inputs, out, domain=_MS, epsilon=_EPSILON)

    def _constant(self, name: str, values: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(
        self, kind: str, inputs: Sequence[str], *outputs: str, domain: str = "", **settings: Any
    ) -> str:
        node = helper.make_node(kind, inputs, list(outputs), name=outputs[0], domain=domain, **settings)
        self.nodes.append(node)
        return outputs[0]


def main(arguments: Sequence[str]) -> None:
    """`python -m index.onnx_graph E5FILE OUT int8|int8r`: in a process of its own, whose 460 MB then end."""
    source, out, engine = arguments
    write_int8(float_graph(E5File(Path(source))), Path(out), reduced=ENGINES[engine])


if __name__ == "__main__":
    main(sys.argv[1:])
