"""Small symmetric matrices: a handful of rows, so plain loops do."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

Vector = Sequence[float]
Matrix = Sequence[Vector]


def invert_positive(matrix: Matrix) -> tuple[tuple[float, ...], ...]:
    """Return the inverse of a symmetric positive definite matrix; raise ``ValueError`` for another.

    By the factor of Cholesky: Golub and Van Loan, "Matrix Computations" (2013), 4.2.
    """
    size = len(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            if i == j:
                if rest <= 0:
                    raise ValueError("the matrix is not positive definite")
                lower[i][i] = sqrt(rest)
            else:
                lower[i][j] = rest / lower[j][j]
    columns = [_solve(lower, [float(i == j) for i in range(size)]) for j in range(size)]
    return tuple(tuple((columns[j][i] + columns[i][j]) / 2 for j in range(size)) for i in range(size))


def multiply(matrix: Matrix, vector: Vector) -> list[float]:
    """Return a matrix times a column."""
    return [dot(row, vector) for row in matrix]


def dot(one: Vector, other: Vector) -> float:
    """Return the inner product."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def quadratic(matrix: Matrix, vector: Vector) -> float:
    """Return vector' matrix vector: the variance of a linear form whose coefficients have this covariance."""
    return dot(vector, multiply(matrix, vector))


def _solve(lower: Matrix, right: Vector) -> list[float]:
    size = len(lower)
    middle: list[float] = []
    for i in range(size):
        middle.append((right[i] - sum(lower[i][k] * middle[k] for k in range(i))) / lower[i][i])
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (middle[i] - sum(lower[k][i] * found[k] for k in range(i + 1, size))) / lower[i][i]
    return found
