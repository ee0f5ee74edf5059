"""Properties are searched without a clock: a busy machine must not turn a test red."""

from hypothesis import settings

settings.register_profile("unit", deadline=None, max_examples=40)
settings.load_profile("unit")
