"""LightGBM's trees as an ONNX model, for a benchmark: no converter is among our requirements.

Numerical splits only, in doubles; whoever asks compares the scores of both.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onnx import ModelProto

_LEFT, _RIGHT = "nodes_truenodeids", "nodes_falsenodeids"


def onnx_of(dumped: dict[str, Any], width: int) -> "ModelProto":
    """`dumped` is Booster.dump_model(); the input is `x`, float64 [n, width], the output [n, 1]."""
    from onnx import TensorProto, helper  # noqa: PLC0415  (only who measures loads it)

    nodes: dict[str, list[Any]] = {
        name: []
        for name in (
            "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values",
            "nodes_missing_value_tracks_true", _LEFT, _RIGHT,
            "target_treeids", "target_nodeids", "target_ids", "target_weights",
        )
    }  # fmt: skip
    for number, tree in enumerate(dumped["tree_info"]):
        _lay_out(number, tree["tree_structure"], nodes)
    doubles = {
        f"{name}_as_tensor": helper.make_tensor(name, TensorProto.DOUBLE, [len(nodes[name])], nodes.pop(name))
        for name in ("nodes_values", "target_weights")
    }
    attributes: dict[str, Any] = {**nodes, **doubles, "n_targets": 1}
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["raw"], domain="ai.onnx.ml", **attributes)
    x = helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, width])
    raw = helper.make_tensor_value_info("raw", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph([node], "trees", [x], [raw])
    opsets = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 17)]
    model: ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return model


def _lay_out(tree: int, root: dict[str, Any], nodes: dict[str, list[Any]]) -> None:
    waiting, count = [(root, 0)], 1
    while waiting:
        node, number = waiting.pop()
        leaf = "leaf_value" in node
        if leaf:
            for name, value in (("treeids", tree), ("nodeids", number), ("ids", 0)):
                nodes[f"target_{name}"].append(value)
            nodes["target_weights"].append(float(node["leaf_value"]))
        else:
            if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
                raise ValueError("only numerical splits, with NaN for what is missing")
            waiting += [(node["left_child"], count), (node["right_child"], count + 1)]
        row: dict[str, Any] = {
            "nodes_treeids": tree,
            "nodes_nodeids": number,
            "nodes_featureids": 0 if leaf else node["split_feature"],
            "nodes_modes": "LEAF" if leaf else "BRANCH_LEQ",
            "nodes_values": 0.0 if leaf else float(node["threshold"]),
            "nodes_missing_value_tracks_true": int(not leaf and _missing_goes_left(node)),
            _LEFT: 0 if leaf else count,
            _RIGHT: 0 if leaf else count + 1,
        }
        for name, value in row.items():
            nodes[name].append(value)
        count += 0 if leaf else 2


def _missing_goes_left(node: dict[str, Any]) -> bool:
    """Where no value was missing in training, LightGBM takes NaN for 0."""
    if node["missing_type"] == "None":
        return bool(node["threshold"] >= 0)
    return bool(node["default_left"])
