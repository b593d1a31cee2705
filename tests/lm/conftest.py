from __future__ import annotations

from hypothesis import settings

# the same examples in every run, however long a busy machine takes for one
settings.register_profile("jokebox", derandomize=True, deadline=None, database=None)
settings.load_profile("jokebox")
