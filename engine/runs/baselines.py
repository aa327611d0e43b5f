"""What an accuracy has to beat: the answer that is always the same class, and guessing.

It follows from the confusion matrix alone, so results that were written before it was told have it too.
"""

import math
from typing import Any, Literal, TypeGuard

Confusion = list[list[int]]  # rows: true class, columns: predictions
Verdict = Literal["no_better", "within_chance", "unbalanced"]
ONE_SIDED_95 = 1.645  # standard errors
NAMED = 20  # classes that are never recognised, at most


def beside(confusion: Confusion) -> dict[str, Any]:
    """What stands beside the accuracy: {} where no image is counted; shares in percent, classes by number.

    balanced: the mean over the classes that have images. majority: the most frequent class and its share, which saying
    it always would score. chance: what guessing scores. never_right: classes that are never recognised.
    never_predicted: classes that are never said. verdict: see _verdict.
    """
    counts = [sum(row) for row in confusion]
    total, classes = sum(counts), len(confusion)
    there = [k for k in range(classes) if counts[k]]
    if not there:
        return {}
    majority = max(there, key=lambda k: counts[k])
    recalls = [confusion[k][k] / counts[k] for k in there]
    return {
        "balanced": 100 * sum(recalls) / len(there),
        "majority": {"class": majority, "share": 100 * counts[majority] / total},
        "chance": 100 / classes,
        "never_right": [k for k in there if not confusion[k][k]],
        "never_predicted": [k for k in range(classes) if not any(row[k] for row in confusion)],
        "verdict": _verdict(confusion, counts, there, recalls),
    }


def _verdict(confusion: Confusion, counts: list[int], there: list[int], recalls: list[float]) -> Verdict | None:
    """Whether always saying one class does as well: None where it does not, or where there is only one to say.

    no_better: accuracy is not above the share of the most frequent class; within_chance: above, but no more than chance
    would have it. unbalanced: so it is, and yet the mean over classes is beyond chance.
    """
    if len(there) < 2:
        return None
    total, right = sum(counts), sum(confusion[k][k] for k in there)
    share = max(counts) / total
    if right == total or right / total > share + ONE_SIDED_95 * math.sqrt(share * (1 - share) / total):
        return None
    one = 1 / len(there)  # what one class alone scores in the mean over classes
    error = math.sqrt(sum(one * (1 - one) / counts[k] for k in there)) / len(there)
    if sum(recalls) / len(there) > one + ONE_SIDED_95 * error:
        return "unbalanced"
    return "within_chance" if right / total > share else "no_better"


def judged(report: dict[str, Any]) -> dict[str, Any]:
    """Of a report: the accuracy beside that of always answering the most frequent class, and whether it is better."""
    majority = report["majority"]
    names = {"majority": report["classes"][majority["class"]], "share": majority["share"]}
    return {"verdict": report["verdict"], "top1": report["top1"], "balanced": report["balanced"], **names}


def never_right(report: dict[str, Any]) -> dict[str, Any]:
    """Of a report: how many classes are never recognised, and the names of the first ones."""
    numbers = report["never_right"]
    return {"count": len(numbers), "names": [report["classes"][k] for k in numbers[:NAMED]]}


def completed(result: dict[str, Any]) -> dict[str, Any]:
    """A report with what stands beside its accuracy; what already holds it, or is damaged, stays as it is."""
    confusion: Any = result.get("confusion")
    if "balanced" in result or not _is_confusion(confusion):
        return result
    return beside(confusion) | result


def _is_confusion(value: Any) -> TypeGuard[Confusion]:
    """Whether it is a square of counts; a file may hold anything."""
    return isinstance(value, list) and all(
        isinstance(row, list) and len(row) == len(value) and all(type(n) is int and n >= 0 for n in row)
        for row in value
    )
