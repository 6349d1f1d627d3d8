"""Labels of one feature are one feature, whatever source and page shows them."""

from __future__ import annotations

import json
from typing import Any


def test_labels_of_one_feature_are_one_feature(house: Any) -> None:
    house.run(
        house.write(
            name="GPT-4.1 mini", organization="OpenAI", features=["Tool Use", "JSON Schema", "Code Interpreter"]
        )
    )
    assert house.values("SELECT features FROM models") == [["code_execution", "function_calling", "structured_output"]]
    claim = house.rows("SELECT value, raw_text FROM claims WHERE field = 'features'")
    assert json.loads(claim[0][0]) == ["code_execution", "function_calling", "structured_output"]
    assert "Tool Use" in claim[0][1]
