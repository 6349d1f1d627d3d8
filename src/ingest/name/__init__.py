"""One name for one thing: benchmarks, models, organizations, licences and features, and which scores compare."""

from ingest.name.benchmark_catalogue import Benchmark
from ingest.name.benchmark_parts import name_category, name_parts, name_states
from ingest.name.benchmarks import (
    ResolvedBenchmark,
    benchmark_catalogue,
    nearest_benchmarks,
    resolve_benchmarks,
)
from ingest.name.comparability import (
    COMPARED_CONDITIONS,
    comparability_key,
    counts_other_way,
    evaluator,
    group_key,
)
from ingest.name.derived import Derived, derive
from ingest.name.endings import settings_of
from ingest.name.labels import is_open_weights, known_features, normalise_feature, normalise_license
from ingest.name.mentions import Mention, models_in
from ingest.name.model_catalogue import KnownModel, model_catalogue, nearest_models
from ingest.name.models import ModelRequest, ResolvedModel, resolve_models, resolve_name, version_named_by
from ingest.name.organizations import (
    Organization,
    Provider,
    ResolvedOrganization,
    organizations,
    provider,
    providers,
    resolve_organization,
)
from ingest.name.registry import ModelRegistry
from ingest.name.settings import ListedSettings, listed_settings
from ingest.name.versions import versions

__all__ = [
    "COMPARED_CONDITIONS",
    "Benchmark",
    "Derived",
    "KnownModel",
    "ListedSettings",
    "Mention",
    "ModelRegistry",
    "ModelRequest",
    "Organization",
    "Provider",
    "ResolvedBenchmark",
    "ResolvedModel",
    "ResolvedOrganization",
    "benchmark_catalogue",
    "comparability_key",
    "counts_other_way",
    "derive",
    "evaluator",
    "group_key",
    "is_open_weights",
    "known_features",
    "listed_settings",
    "model_catalogue",
    "models_in",
    "name_category",
    "name_parts",
    "name_states",
    "nearest_benchmarks",
    "nearest_models",
    "normalise_feature",
    "normalise_license",
    "organizations",
    "provider",
    "providers",
    "resolve_benchmarks",
    "resolve_models",
    "resolve_name",
    "resolve_organization",
    "settings_of",
    "version_named_by",
    "versions",
]
