-- What mysqldump must carry over; run without strict mode, for the zero dates.
set sql_mode = '';
set time_zone = '+00:00';
create table numbers (
  id bigint unsigned not null auto_increment primary key, a tinyint, b tinyint unsigned, c smallint, d mediumint unsigned, e int,
  f int unsigned zerofill, g bigint, h bigint unsigned, i decimal(65,30), j decimal(10,2) not null default '1.50', k float, l double,
  m bit(1), n bit(64), o bool, p year, q bit(5) default b'10101'
) auto_increment = 100 comment = 'it''s "numbers" \\ ä';
insert into numbers (a, b, c, d, e, f, g, h, i, k, l, m, n, o, p) values
  (-128, 255, -32768, 16777215, -2147483648, 4294967295, -9223372036854775808, 18446744073709551615,
   -12345678901234567890123456789012345.123456789012345678901234567890, 1.5e-10, 1.7976931348623157e308, b'1', 0xFFFFFFFFFFFFFFFF, true, 2155),
  (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  (0, 0, 0, 0, 0, 42, 0, 0, 0, 3.40282e38, -2.2250738585072014e-308, b'0', b'1010', false, 1901);
create table times (
  id int primary key, a date, b datetime, c datetime(3), d datetime(6), e timestamp null default null,
  f timestamp(6) not null default current_timestamp(6) on update current_timestamp(6), g time, h time(6), i datetime default current_timestamp,
  j date default '2000-01-01', k timestamp not null default '2001-02-03 04:05:06'
);
insert into times (id, a, b, c, d, e, f, g, h, i) values
  (1, '2024-02-29', '9999-12-31 23:59:59', '2024-01-01 00:00:00.123', '2024-01-01 00:00:00.123456', '1970-01-01 00:00:01',
   '2038-01-19 03:14:07.999999', '-838:59:59', '838:59:58.000001', '2000-01-01'),
  (2, '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', 0, 0, 0),
  (3, '1000-01-01', null, null, null, null, '2024-05-05 05:05:05', null, null, null);
create table strings (
  id varchar(36) not null, a char(10), b varchar(255) character set latin1, c varchar(100) collate utf8mb4_bin, d binary(4), e varbinary(300),
  f tinyblob, g blob, h mediumblob, i longblob, j tinytext, k text, l mediumtext, m longtext, n enum('a', 'b''c', 'ü') default 'b''c',
  o set('x', 'y', 'z') default 'x,z', p json, q varchar(20) not null default 'it''s \\ "q"', r varchar(10) character set ascii,
  primary key (id), unique key uq (c), key ik (a, b(10)), key ig (k(20))
) default charset = utf8mb4 collate = utf8mb4_unicode_ci;
insert into strings values
  ('1', 'abc', 'äöü', '😀 emoji', 0x00ff, 0x00010203ff27225c0a0d1a, 't', 'b\0x', repeat('m', 1000), repeat(x'00ff', 35000), 'tt',
   'text\nwith\ttab \\ and ''quotes"', 'mt', repeat('ä😀', 10000), 'ü', 'x,z',
   '{"a": [1, 2.5, null, "\\u00e9 😀 \\"quoted\\""], "b": {"c": true}}', 'q', 'ascii'),
  ('2', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, '', null),
  ('3', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '[]', '', '');
create table made (
  id int auto_increment primary key, a int, b int as (a * 2) virtual, c varchar(50) generated always as (concat('v', a)) stored not null, d json,
  e int as (json_extract(d, '$.x')) stored, key kc (c), key ke (e)
);
insert into made (a, d) values (1, '{"x": 5}'), (2, null);
create table composite (
  a int, b varchar(10), c int, d datetime(3), primary key (b, a), unique key u (c, a), key commented (c) comment 'it''s an index',
  key long_one (d, c, b(3))
);
insert into composite values (1, 'x', 1, '2024-01-01 00:00:00.5'), (2, 'y', null, null), (3, 'X ', 2, null);
create table keyless (a int default 5, b text);
insert into keyless values (1, 'a'), (1, 'a'), (null, null);
create table parent (id int primary key);
insert into parent values (1), (2);
create table child (
  id int primary key, parent_id int, constraint parent_of_child foreign key (parent_id) references parent (id) on delete cascade on update set null
);
insert into child values (1, 1), (2, null);
create table `we``ird "name" ä` (`select` int primary key, `a b` int, `c``d` varchar(10), key `key` (`a b`));
insert into `we``ird "name" ä` values (1, 2, 'x');
create table empty (id int);
create view joined as select n.id, n.a + 1 as plus, t.b as `odd name` from numbers n left join times t on n.id = t.id + 99 where n.a is not null;
create view above (x) as select count(*) from joined;
