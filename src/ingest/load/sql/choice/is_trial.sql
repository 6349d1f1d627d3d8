-- Whether a `version` is a trial before a release, or beside it.
coalesce(regexp_matches(version, '(^|-)(alpha|beta|exp|experimental|preview)(-|$)'), false)
