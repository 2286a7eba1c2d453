-- name: where
-- Which facts a cut lets through, to stand among the conditions of a query over `facts`. Each group in $segments
-- holds `column=answer` pairs of one column: a fact passes if it gave one answer of every group.
($brands IS NULL OR list_contains($brands, facts.brand))
    AND ($products IS NULL OR list_contains($products, facts.product))
    AND ($sources IS NULL OR list_contains($sources, facts.source))
    AND ($source_kinds IS NULL OR list_contains($source_kinds, facts.source_kind))
    AND ($kinds IS NULL OR list_contains($kinds, facts.kind))
    AND ($langs IS NULL OR list_contains($langs, facts.lang))
    AND ($touchpoint IS NULL OR list_contains(facts.touchpoints, $touchpoint))
    AND ($speakers IS NULL OR list_contains($speakers, facts.speaker))
    AND (CAST($segments AS VARCHAR[][]) IS NULL OR len(list_filter(
        CAST($segments AS VARCHAR[][]),
        lambda answers: NOT list_has_any(coalesce(facts.segments, []), answers)
    )) = 0)
    AND ($since IS NULL OR facts.day >= $since)
    AND ($until IS NULL OR facts.day <= $until)
    AND NOT ($authentic AND coalesce(facts.set_aside, FALSE))
    AND ($rated IS NULL OR $rated = (facts.native_class IS NOT NULL))
