-- Runs at each start of the guests, also where PostgreSQL is older than they are: what is there stays.
\getenv quotes_password QUOTES_DATABASE_PASSWORD
\getenv alerts_password ALERTS_DATABASE_PASSWORD
\getenv venue_password VENUE_DATABASE_PASSWORD

create temporary table wanted (name text, password text);
insert into wanted values
  ('quotes', :'quotes_password'),
  ('alerts', :'alerts_password'),
  ('venue', :'venue_password');

select format('create role %I login password %L', name, password) from wanted
where not exists (select from pg_roles where rolname = name)
\gexec
select format('create database %I owner %I encoding ''UTF8'' template template0', name, name) from wanted
where not exists (select from pg_database where datname = name)
\gexec
select format('revoke connect, temporary on database %I from public', name) from wanted
\gexec
