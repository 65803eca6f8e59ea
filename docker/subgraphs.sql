-- Runs once, on a new volume: a database for each subgraph, whose owner may do nothing anywhere else.
\getenv auth_password AUTH_DATABASE_PASSWORD
\getenv catalog_password CATALOG_DATABASE_PASSWORD
\getenv progress_password PROGRESS_DATABASE_PASSWORD

create role auth login password :'auth_password';
create role catalog login password :'catalog_password';
create role progress login password :'progress_password';

create database auth owner auth encoding 'UTF8' template template0;
create database catalog owner catalog encoding 'UTF8' template template0;
create database progress owner progress encoding 'UTF8' template template0;

-- Anybody may connect to any database unless told otherwise.
revoke connect, temporary on database auth, catalog, progress, postgres, template1 from public;
