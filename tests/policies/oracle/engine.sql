-- Three-valued logic in DuckDB: NULL is unknown. Numbers are fractions {n, d}; d = 0 is without end.
CREATE MACRO less(x, y) AS CASE WHEN x.d = 0 AND y.d = 0 THEN x.n < y.n ELSE x.n * y.d < y.n * x.d END;
CREATE MACRO reduced(n, d) AS CASE
    WHEN d = 0 THEN {'n': sign(n)::HUGEINT, 'd': 0::HUGEINT}
    ELSE {'n': (n * sign(d)::HUGEINT) // gcd(n, d), 'd': abs(d) // gcd(n, d)} END;
CREATE MACRO whole(i) AS {'n': i::HUGEINT, 'd': 1::HUGEINT};
CREATE MACRO endless(i) AS {'n': i::HUGEINT, 'd': 0::HUGEINT};
CREATE MACRO plus(x, y) AS CASE WHEN x.d = 0 THEN x WHEN y.d = 0 THEN y
    ELSE reduced(x.n * y.d + y.n * x.d, x.d * y.d) END;
CREATE MACRO negative(x) AS {'n': -x.n, 'd': x.d};
CREATE MACRO product(x, y) AS CASE WHEN x.n = 0 OR y.n = 0 THEN whole(0) ELSE reduced(x.n * y.n, x.d * y.d) END;
CREATE MACRO inverse(x) AS CASE WHEN x.d = 0 OR x.n = 0 THEN whole(0) ELSE reduced(x.d, x.n) END;
CREATE MACRO lesser(x, y) AS CASE WHEN less(y, x) THEN y ELSE x END;
CREATE MACRO greater(x, y) AS CASE WHEN less(x, y) THEN y ELSE x END;
CREATE MACRO verdict(every_one, some_one) AS CASE WHEN every_one THEN true WHEN NOT some_one THEN false END;
CREATE MACRO counted_back(day, unit, n) AS greatest(DATE '0001-01-01', CASE unit
    WHEN 'days' THEN day - n WHEN 'months' THEN (day - to_months(n))::DATE ELSE (day - to_years(n))::DATE END);
CREATE MACRO months_from(day, as_of) AS CASE
    WHEN day <= (as_of - to_months((date_diff('month', day, as_of) + 1)::INTEGER))::DATE THEN date_diff('month', day, as_of) + 1
    WHEN day <= (as_of - to_months(date_diff('month', day, as_of)::INTEGER))::DATE THEN date_diff('month', day, as_of)
    ELSE date_diff('month', day, as_of) - 1 END;

CREATE TABLE pairs (pair INTEGER, as_of DATE);
CREATE TABLE given_numbers (pair INTEGER, fact VARCHAR, year INTEGER, lo STRUCT(n HUGEINT, d HUGEINT), hi STRUCT(n HUGEINT, d HUGEINT));
CREATE TABLE given_days (pair INTEGER, fact VARCHAR, lo DATE, hi DATE);
CREATE TABLE given_words (pair INTEGER, fact VARCHAR, word VARCHAR);
CREATE TABLE given_items (pair INTEGER, fact VARCHAR, code VARCHAR, since DATE, until DATE);
CREATE TABLE given_absent (pair INTEGER, fact VARCHAR, code VARCHAR);
CREATE TABLE given_answers (pair INTEGER, key VARCHAR, answer BOOLEAN);
CREATE TABLE constants (id INTEGER, n HUGEINT, d HUGEINT);
CREATE TABLE looked_up (id INTEGER, pair INTEGER, fact VARCHAR, year INTEGER, least HUGEINT, most HUGEINT);
CREATE TABLE ages (id INTEGER, pair INTEGER);
CREATE TABLE formulas (id INTEGER, level INTEGER, form VARCHAR, a INTEGER, b INTEGER);
CREATE TABLE numbers (id INTEGER, lo STRUCT(n HUGEINT, d HUGEINT), hi STRUCT(n HUGEINT, d HUGEINT));
CREATE TABLE compared (id INTEGER, operator VARCHAR, subject INTEGER, a INTEGER, b INTEGER);
CREATE TABLE day_leaves (id INTEGER, pair INTEGER, fact VARCHAR, operator VARCHAR, day DATE, unit VARCHAR, n INTEGER);
CREATE TABLE word_leaves (id INTEGER, pair INTEGER, fact VARCHAR, wanted VARCHAR[], choices INTEGER);
CREATE TABLE place_leaves (id INTEGER, pair INTEGER, fact VARCHAR, wanted VARCHAR[]);
CREATE TABLE set_leaves (id INTEGER, pair INTEGER, fact VARCHAR, operator VARCHAR, codes VARCHAR[]);
CREATE TABLE size_leaves (id INTEGER, pair INTEGER, wanted VARCHAR[], employees INTEGER, revenue INTEGER, total_assets INTEGER);
CREATE TABLE profit_leaves (id INTEGER, wanted VARCHAR[], income INTEGER, employees INTEGER, assets INTEGER);
CREATE TABLE attest_leaves (id INTEGER, pair INTEGER, key VARCHAR, favourable BOOLEAN);
CREATE TABLE branches (id INTEGER, level INTEGER, form VARCHAR, least DECIMAL(38, 20));
CREATE TABLE edges (parent INTEGER, i INTEGER, child INTEGER, points DECIMAL(38, 20));
CREATE TABLE verdicts (id INTEGER, now BOOLEAN, favourable BOOLEAN);
CREATE TABLE tree (kind VARCHAR, code VARCHAR, parent VARCHAR);
CREATE TABLE means (kind VARCHAR, written VARCHAR, code VARCHAR);
CREATE TABLE below (kind VARCHAR, code VARCHAR, leaf VARCHAR);
CREATE TABLE scopes (scope VARCHAR, leaf VARCHAR);
CREATE TABLE bounds (scope VARCHAR, fact VARCHAR, bound HUGEINT);
