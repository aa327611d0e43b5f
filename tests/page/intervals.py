"""What the page says of chance, computed in another way."""


def wilson(share: float, count: int) -> tuple[float, float]:
    """The bounds of the 95 % score interval: where |share - p| is 1.96 sqrt(p (1 - p) / count)."""
    a, b, c = 1 + 1.96**2 / count, -2 * share - 1.96**2 / count, share**2
    root = (b * b - 4 * a * c) ** 0.5
    return (-b - root) / (2 * a), (-b + root) / (2 * a)
