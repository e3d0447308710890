-- every finest code at or below each code, and the industries of each size scope as such
INSERT INTO below
WITH RECURSIVE under AS (
    SELECT kind, code, code AS leaf FROM tree
    UNION ALL SELECT u.kind, u.code, t.code FROM under u JOIN tree t ON t.kind = u.kind AND t.parent = u.leaf
) SELECT * FROM under u WHERE NOT EXISTS (FROM tree t WHERE t.kind = u.kind AND t.parent = u.leaf);
INSERT INTO scopes
SELECT DISTINCT s.scope, b.leaf FROM scopes s JOIN below b ON b.kind = 'industry' AND b.code = s.leaf
WHERE NOT EXISTS (FROM scopes x WHERE x.leaf = b.leaf AND x.scope = s.scope);
