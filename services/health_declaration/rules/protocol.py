"""The protocol number of a signed declaration: register, day and a running number (20 digits)."""

from datetime import date

_RUNNING_DIGITS = 6
REGISTER_DIGITS = 6


def protocol_number(register: str, day: date, number: int) -> str:
    """`RRRRRRAAAAMMDDNNNNNN`: the operator's ANS register, the local day, the running number.

    The shape is the one the regulator gives to protocols of attendance (RN 395/2016, art. 8). The
    running number is cut to its last six digits. Raises `ValueError` on a register that is not six
    digits or a negative number.
    """
    if len(register) != REGISTER_DIGITS or not (register.isascii() and register.isdigit()):
        raise ValueError("o registro ANS tem seis dígitos")
    if number < 0:
        raise ValueError("o número corrido não pode ser negativo")
    running = number % 10**_RUNNING_DIGITS
    return f"{register}{day:%Y%m%d}{running:0{_RUNNING_DIGITS}d}"
