-- numbers that stand alone
INSERT INTO numbers SELECT id, reduced(n, d), reduced(n, d) FROM constants;
INSERT INTO numbers
SELECT l.id,
    coalesce(g.lo, CASE WHEN least IS NULL THEN endless(-1) ELSE whole(least) END),
    coalesce(g.hi, CASE WHEN most IS NULL THEN endless(1) ELSE whole(most) END)
FROM looked_up l LEFT JOIN given_numbers g USING (pair, fact, year);
INSERT INTO numbers
SELECT a.id,
    CASE WHEN g.hi IS NULL THEN endless(-1) ELSE whole(months_from(g.hi, as_of)) END,
    CASE WHEN g.lo IS NULL THEN endless(1) ELSE whole(months_from(g.lo, as_of)) END
FROM ages a JOIN pairs USING (pair) LEFT JOIN given_days g ON g.pair = a.pair AND g.fact = 'registered_on';
-- per level: formulas of two numbers
INSERT INTO numbers
WITH parts AS (
    SELECT f.id, form, l.lo AS alo, l.hi AS ahi, r.lo AS blo, r.hi AS bhi,
        CASE WHEN form = 'div' THEN NOT less(whole(0), r.lo) AND NOT less(r.hi, whole(0))
             WHEN form IN ('growth', 'ratio') THEN NOT less(whole(0), r.lo) ELSE false END AS unsure,
        form IN ('div', 'growth', 'ratio') AS divides
    FROM formulas f JOIN numbers l ON l.id = f.a JOIN numbers r ON r.id = f.b WHERE f.level = $level
), factors AS (
    SELECT *, CASE WHEN divides THEN inverse(bhi) ELSE blo END AS flo,
        CASE WHEN divides THEN inverse(blo) ELSE bhi END AS fhi FROM parts
), corners AS (
    SELECT *, CASE WHEN divides OR form = 'mul' THEN
        [product(alo, flo), product(alo, fhi), product(ahi, flo), product(ahi, fhi)] END AS c
    FROM factors WHERE NOT unsure
), halves AS (
    SELECT *, lesser(c[1], c[2]) AS l1, lesser(c[3], c[4]) AS l2, greater(c[1], c[2]) AS g1, greater(c[3], c[4]) AS g2
    FROM corners
)
SELECT id, CASE form WHEN 'add' THEN plus(alo, blo) WHEN 'sub' THEN plus(alo, negative(bhi))
        WHEN 'min' THEN lesser(alo, blo) WHEN 'max' THEN greater(alo, blo) ELSE lesser(l1, l2) END,
    CASE form WHEN 'add' THEN plus(ahi, bhi) WHEN 'sub' THEN plus(ahi, negative(blo))
        WHEN 'min' THEN lesser(ahi, bhi) WHEN 'max' THEN greater(ahi, bhi) ELSE greater(g1, g2) END
FROM halves
UNION ALL
SELECT id, CASE form WHEN 'ratio' THEN whole(0) ELSE endless(-1) END, endless(1) FROM parts WHERE unsure;
-- leaves
INSERT INTO verdicts
WITH v AS (
    SELECT c.id, CASE operator
        WHEN 'gt' THEN verdict(less(a.hi, s.lo), less(a.lo, s.hi))
        WHEN 'gte' THEN verdict(NOT less(s.lo, a.hi), NOT less(s.hi, a.lo))
        WHEN 'lt' THEN verdict(less(s.hi, a.lo), less(s.lo, a.hi))
        WHEN 'lte' THEN verdict(NOT less(a.lo, s.hi), NOT less(a.hi, s.lo))
        ELSE verdict(NOT less(s.lo, a.hi) AND NOT less(b.lo, s.hi),
                     NOT less(lesser(s.hi, b.hi), greater(s.lo, a.lo))) END AS v
    FROM compared c JOIN numbers s ON s.id = c.subject JOIN numbers a ON a.id = c.a
        LEFT JOIN numbers b ON b.id = c.b
) SELECT id, v, v FROM v;
INSERT INTO verdicts
WITH seen AS (
    SELECT l.*, as_of, coalesce(lo, '-infinity'::DATE) AS lo, coalesce(hi, 'infinity'::DATE) AS hi,
        CASE WHEN unit IS NULL THEN day ELSE counted_back(as_of, unit, n) END AS edge
    FROM day_leaves l JOIN pairs USING (pair) LEFT JOIN given_days g USING (pair, fact)
), v AS (
    SELECT id, CASE operator
        WHEN 'before' THEN verdict(hi < edge, lo < edge)
        WHEN 'after' THEN verdict(lo > edge, hi > edge)
        WHEN 'on_or_before' THEN verdict(hi <= edge, lo <= edge)
        WHEN 'on_or_after' THEN verdict(lo >= edge, hi >= edge)
        WHEN 'at_least_ago' THEN verdict(hi <= edge, lo <= edge)
        ELSE verdict(lo >= edge AND hi <= as_of, hi >= edge AND lo <= as_of) END AS v FROM seen
) SELECT id, v, v FROM v;
INSERT INTO verdicts
WITH v AS (
    SELECT id, CASE WHEN word IS NOT NULL THEN list_contains(wanted, word)
        WHEN len(list_distinct(wanted)) = choices THEN true END AS v
    FROM word_leaves LEFT JOIN given_words USING (pair, fact)
) SELECT id, v, v FROM v;
INSERT INTO verdicts
WITH asked AS (
    SELECT id, fact, coalesce(word, '*') AS mine, wanted FROM place_leaves LEFT JOIN given_words USING (pair, fact)
), distinctly AS (SELECT DISTINCT fact, mine, wanted FROM asked),
wanted_leaves AS (
    SELECT DISTINCT w.fact, w.wanted, leaf
    FROM (SELECT fact, wanted, unnest(wanted) AS written FROM (SELECT DISTINCT fact, wanted FROM distinctly)) w
    JOIN means m ON m.kind = w.fact AND m.written = w.written JOIN below b ON b.kind = w.fact AND b.code = m.code
), judged AS (
    SELECT d.fact, d.mine, d.wanted, verdict(bool_and(w.leaf IS NOT NULL), bool_or(w.leaf IS NOT NULL)) AS v
    FROM distinctly d JOIN means m ON m.kind = d.fact AND m.written = d.mine
    JOIN below b ON b.kind = d.fact AND b.code = m.code
    LEFT JOIN wanted_leaves w ON w.fact = d.fact AND w.wanted = d.wanted AND w.leaf = b.leaf
    GROUP BY ALL
) SELECT id, v, v FROM asked JOIN judged USING (fact, mine, wanted);
INSERT INTO verdicts
WITH codes AS (SELECT id, pair, fact, operator, unnest(codes) AS code FROM set_leaves),
listed AS (
    SELECT pair, fact, code, bool_or(coalesce(since <= as_of, true) AND coalesce(as_of <= until, true)) AS held
    FROM given_items JOIN pairs USING (pair) GROUP BY ALL
), each AS (
    SELECT id, operator, CASE WHEN l.held IS NOT NULL THEN l.held
        WHEN EXISTS (FROM given_absent g WHERE g.pair = c.pair AND g.fact = c.fact AND g.code IN (c.code, '*'))
            THEN false END AS held
    FROM codes c LEFT JOIN listed l USING (pair, fact, code)
), v AS (
    SELECT id, CASE operator
        WHEN 'has_all' THEN list_reduce(list(held), lambda a, b: a AND b)
        WHEN 'has_any' THEN list_reduce(list(held), lambda a, b: a OR b)
        ELSE NOT list_reduce(list(held), lambda a, b: a OR b) END AS v
    FROM each GROUP BY id, operator
) SELECT id, v, v FROM v;
INSERT INTO verdicts
WITH fields AS (
    SELECT DISTINCT l.id, s.scope
    FROM size_leaves l LEFT JOIN given_words g ON g.pair = l.pair AND g.fact = 'industry'
    JOIN means m ON m.kind = 'industry' AND m.written = coalesce(g.word, '*')
    JOIN below b ON b.kind = 'industry' AND b.code = m.code LEFT JOIN scopes s ON s.leaf = b.leaf
), figures AS (
    SELECT id, 'employees' AS fact, employees AS number FROM size_leaves
    UNION ALL SELECT id, 'revenue', revenue FROM size_leaves
    UNION ALL SELECT id, 'total_assets', total_assets FROM size_leaves
), ranks AS (
    SELECT f.id, f.scope, b.fact, count(*) FILTER (NOT less(n.lo, whole(b.bound))) AS least,
        count(*) FILTER (NOT less(n.hi, whole(b.bound))) AS most
    FROM fields f JOIN bounds b USING (scope) JOIN figures x ON x.id = f.id AND x.fact = b.fact
    JOIN numbers n ON n.id = x.number GROUP BY ALL
), spans AS (
    SELECT id, min(least) AS least, min(most) AS most FROM ranks GROUP BY id, scope
    UNION ALL SELECT id, 0, 3 FROM fields WHERE scope IS NULL
), classes AS (
    SELECT DISTINCT id, ['micro', 'small', 'medium', 'large'][rank + 1] AS word
    FROM spans, range(4) r(rank) WHERE rank BETWEEN least AND most
), v AS (
    SELECT id, verdict(bool_and(list_contains(wanted, word)), bool_or(list_contains(wanted, word))) AS v
    FROM size_leaves JOIN classes USING (id) GROUP BY id
) SELECT id, v, v FROM v;
INSERT INTO verdicts
WITH is_small AS (
    SELECT p.id, wanted, verdict(NOT less(whole(3000000), i.hi), NOT less(whole(3000000), i.lo))
        AND verdict(NOT less(whole(300), e.hi), NOT less(whole(300), e.lo))
        AND verdict(NOT less(whole(50000000), a.hi), NOT less(whole(50000000), a.lo)) AS small
    FROM profit_leaves p JOIN numbers i ON i.id = income JOIN numbers e ON e.id = employees
        JOIN numbers a ON a.id = assets
), v AS (
    SELECT id, CASE WHEN len(list_distinct(wanted)) = 2 THEN true
        WHEN list_contains(wanted, 'true') THEN small ELSE NOT small END AS v FROM is_small
) SELECT id, v, v FROM v;
INSERT INTO verdicts
SELECT l.id, answer, coalesce(answer, favourable) FROM attest_leaves l LEFT JOIN given_answers USING (pair, key);
-- per level: nodes of several
INSERT INTO verdicts
WITH below AS (
    SELECT n.id, any_value(form) AS form, any_value(least) AS least,
        list(now ORDER BY i) FILTER (child IS NOT NULL) AS now,
        list(v.favourable ORDER BY i) FILTER (child IS NOT NULL) AS hoped,
        list(points ORDER BY i) FILTER (child IS NOT NULL) AS points
    FROM branches n LEFT JOIN edges e ON e.parent = n.id LEFT JOIN verdicts v ON v.id = e.child
    WHERE n.level = $level GROUP BY n.id
), ways AS (
    SELECT id, form, least, points, unnest([coalesce(now, []), coalesce(hoped, [])]) AS v,
        unnest(['now', 'hoped']) AS which FROM below
), v AS (
    SELECT id, which, CASE form
        WHEN 'all' THEN list_reduce(v, lambda a, b: a AND b, true)
        WHEN 'any' THEN list_reduce(v, lambda a, b: a OR b, false)
        WHEN 'not' THEN NOT v[1]
        WHEN 'tier' THEN CASE WHEN v[1] THEN v[2] WHEN NOT v[1] THEN v[3] WHEN v[2] = v[3] THEN v[2] END
        ELSE verdict(
            list_sum(list_transform(v, lambda x, i: CASE WHEN x IS NULL THEN least(points[i], 0) WHEN x THEN points[i] ELSE 0 END)) >= least,
            list_sum(list_transform(v, lambda x, i: CASE WHEN x IS NULL THEN greatest(points[i], 0) WHEN x THEN points[i] ELSE 0 END)) >= least)
        END AS v FROM ways
) SELECT id, bool_or(v) FILTER (which = 'now'), bool_or(v) FILTER (which = 'hoped') FROM v GROUP BY id;
