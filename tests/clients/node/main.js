// Node's mysql2 against the server: see the README of tests/clients for what each program covers.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import mysql from 'mysql2/promise';

const cases = JSON.parse(fs.readFileSync(process.env.SLUICE_CASES, 'utf8'));
const database = 'client_node';
const large = 16 * 1024 * 1024 + 5; // more than one packet holds
let failures = 0;

async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`failed ${name}: ${JSON.stringify(String(error.message).slice(0, 600))} ${(error.stack ?? '').match(/main\.js:\d+/)?.[0]}`);
  }
}

const settings = (options = {}) => ({
  host: process.env.SLUICE_HOST,
  port: Number(process.env.SLUICE_PORT),
  user: 'root',
  charset: 'utf8mb4',
  ...options,
});
const connect = (options) => mysql.createConnection(settings(options));

/** The error that `body` fails with. */
async function failure(body) {
  try {
    await body();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({message: 'no error'});
}

// --- types ----------------------------------------------------------------------------------------------------------

/** What the driver gives for a value of the table of cases. */
function native(test, text) {
  if (text === null) return null;
  switch (test.kind) {
    case 'integer':
      return test.type.startsWith('bigint') ? text : Number(text);
    case 'year':
    case 'float':
      return Number(text);
    case 'bytes':
    case 'bit':
      return Buffer.from(text, 'hex');
    default:
      return text; // decimal, and with the options above the times and JSON
  }
}

function literal(test, text) {
  if (text === null) return 'NULL';
  if (['integer', 'decimal', 'float'].includes(test.kind)) return text;
  if (['bytes', 'bit'].includes(test.kind)) return `x'${text}'`;
  return mysql.escape(text);
}

/** A value without what the driver itself loses: it computes doubles from text inexactly, and drops zeros at the end of binary times. */
function comparable(test, value, method) {
  if (value === null) return null;
  if (test.kind === 'integer') return String(value); // whether the driver gives a number depends on the size
  if (test.kind === 'float') return test.type === 'float' ? Math.fround(value) : method === 'query' ? value.toPrecision(15) : value;
  if (test.kind === 'datetime' && method === 'execute') return (value.length === 10 ? `${value} 00:00:00` : value).replace(/\.0*$|(\.\d*?)0+$/, '$1');
  return value;
}

/** Binary forms that the driver does not read: zero dates, and fractions of a second below 0.1. */
const isUnreadable = (test, text, method) => method === 'execute' && text !== null && (test.kind === 'zero' || /^\S+\.0/.test(text) && test.kind === 'time');

function same(test, actual, text, what, method) {
  if (isUnreadable(test, text, method)) return;
  assert.deepEqual(comparable(test, actual, method), comparable(test, native(test, text), method), `${what} ${text}`);
}

async function checkType(connection, test) {
  const table = `t_${test.name}`;
  await connection.query(`create table ${table} (id int primary key, v ${test.type})`);
  let id = 0;
  for (const text of test.values) {
    await connection.query(`insert into ${table} values (${id++}, ${literal(test, text)})`);
    await connection.query(`insert into ${table} values (?, ?)`, [id++, native(test, text)]);
    await connection.execute(`insert into ${table} values (?, ?)`, [id++, native(test, text)]);
  }
  for (const method of ['query', 'execute']) {
    const [rows] = await connection[method](`select v from ${table} order by id`);
    assert.equal(rows.length, 3 * test.values.length);
    test.values.forEach((text, index) => {
      ['literal', 'parameter', 'execute'].forEach((way, offset) => {
        same(test, rows[3 * index + offset].v, text, `${method} of ${way}`, method);
      });
    });
  }
  for (const text of test.values) {
    if (test.name === 'float' || test.kind === 'json') continue;
    const [[{count}]] = await connection.execute(`select count(*) as count from ${table} where v <=> ?`, [native(test, text)]);
    assert.ok(Number(count) >= 3, `v <=> ${text} finds ${count} rows`);
  }
}

async function checkNativeValues() {
  const connection = await connect({database, dateStrings: false, jsonStrings: false, timezone: 'Z', supportBigNumbers: true, bigNumberStrings: false});
  await connection.query("set time_zone = '+00:00'");
  await connection.query('create table native (id int primary key, d datetime(3), j json, n bigint, b bool)');
  const when = new Date('2024-02-29T23:59:59.123Z');
  const document = {list: [1, 'ä😀', null], nested: {yes: true}};
  await connection.execute('insert into native values (?, ?, ?, ?, ?)', [1, when, document, 42, true]);
  await connection.query('insert into native values (?, ?, ?, ?, ?)', [2, when, JSON.stringify(document), 9007199254740993n, false]);
  for (const method of ['query', 'execute']) {
    const [rows] = await connection[method]('select * from native order by id');
    assert.deepEqual(rows[0], {id: 1, d: when, j: document, n: 42, b: 1});
    assert.deepEqual(rows[1], {id: 2, d: when, j: document, n: '9007199254740993', b: 0});
  }
  const [[row], fields] = await connection.query({sql: 'select id, d, j, n, b, 1.5 as f from native where id = 1', rowsAsArray: true});
  assert.equal(row.length, 6);
  assert.deepEqual(fields.map((field) => [field.name, field.table, field.orgName, field.schema]).slice(0, 2), [
    ['id', 'native', 'id', database], ['d', 'native', 'd', database]]);
  await connection.end();
}

// --- connections ----------------------------------------------------------------------------------------------------

async function checkConnections() {
  for (const options of [{}, {user: 'app', password: 'pass word é'}, {database: 'test'}]) {
    const connection = await connect(options);
    const [[row]] = await connection.query('select current_user() as user, database() as name, connection_id() as id');
    assert.deepEqual([row.user, row.name], [`${options.user ?? 'root'}@%`, options.database ?? null]);
    assert.equal(String(row.id), String(connection.threadId));
    await connection.ping();
    await connection.end();
  }
  for (const [user, password] of [['app', 'wrong'], ['nobody', 'x'], ['app', '']]) {
    const error = await failure(() => connect({user, password}));
    assert.deepEqual([error.errno, error.code, error.sqlState], [1045, 'ER_ACCESS_DENIED_ERROR', '28000']);
  }
  const error = await failure(() => connect({database: 'absent'}));
  assert.deepEqual([error.errno, error.sqlState, error.message], [1049, '42000', "Unknown database 'absent'"]);
}

async function checkChangeUser() {
  const connection = await connect({database});
  await connection.query("set @left = 1, time_zone = '+05:00'");
  await connection.query('create temporary table if not exists none (a int)').catch(() => {});
  await connection.changeUser({user: 'app', password: 'pass word é', database: 'test'});
  const [[row]] = await connection.query('select current_user() as user, database() as name, @left as variable, @@time_zone as zone');
  assert.deepEqual(row, {user: 'app@%', name: 'test', variable: null, zone: 'SYSTEM'});
  await connection.end();
}

async function checkPool() {
  const pool = mysql.createPool(settings({database, connectionLimit: 4}));
  await pool.query('create table pooled (id int primary key)');
  await Promise.all(Array.from({length: 200}, (_, id) => pool.execute('insert into pooled values (?)', [id])));
  const [[row]] = await pool.query('select count(*) as count from pooled');
  assert.equal(Number(row.count), 200);
  const connection = await pool.getConnection();
  await connection.beginTransaction();
  await connection.query('delete from pooled');
  await connection.rollback();
  connection.release();
  const [[again]] = await pool.query('select count(*) as count from pooled');
  assert.equal(Number(again.count), 200);
  await pool.end();
}

// --- behaviour ------------------------------------------------------------------------------------------------------

async function checkTransactions(connection) {
  await connection.query('create table tx (id int primary key, v int)');
  const other = await connect({database});
  const count = async () => Number((await other.query('select count(*) as count from tx'))[0][0].count);
  await connection.beginTransaction();
  await connection.execute('insert into tx values (?, ?), (?, ?)', [1, 1, 2, 2]);
  assert.equal(await count(), 0);
  await connection.rollback();
  assert.equal(await count(), 0);
  await connection.beginTransaction();
  await connection.execute('insert into tx values (?, ?)', [1, 1]);
  await connection.commit();
  assert.equal(await count(), 1);
  await connection.query('set transaction isolation level read committed');
  await connection.query('start transaction read only');
  const error = await failure(() => connection.execute('insert into tx values (?, ?)', [2, 2]));
  assert.deepEqual([error.errno, error.sqlState], [1792, '25006']);
  await connection.commit();
  await other.end();
}

async function checkErrors(connection) {
  await connection.query('create table errors (id int primary key, v varchar(3) not null)');
  await connection.query("insert into errors values (1, 'a')");
  const due = [
    ['selec 1', [], 1064, 'ER_PARSE_ERROR', '42000'],
    ['select * from absent where id = ?', [1], 1146, 'ER_NO_SUCH_TABLE', '42S02'],
    ['select absent from errors where id = ?', [1], 1054, 'ER_BAD_FIELD_ERROR', '42S22'],
    ["insert into errors values (?, 'a')", [1], 1062, 'ER_DUP_ENTRY', '23000'],
    ['insert into errors values (?, null)', [2], 1048, 'ER_BAD_NULL_ERROR', '23000'],
    ['insert into errors values (?, ?)', [2, 'long'], 1406, 'ER_DATA_TOO_LONG', '22001'],
    ['insert into errors values (?)', [2], 1136, 'ER_WRONG_VALUE_COUNT_ON_ROW', '21S01'],
  ];
  for (const [statement, parameters, number, code, state] of due) {
    for (const method of ['query', 'execute']) {
      const error = await failure(() => connection[method](statement, parameters));
      assert.deepEqual([error.errno, error.code, error.sqlState], [number, code, state], `${method} ${statement}`);
    }
  }
  const error = await failure(() => connection.query("insert into errors values (1, 'a')"));
  assert.equal(error.sqlMessage, "Duplicate entry '1' for key 'errors.PRIMARY'");
  await failure(() => connection.execute('select ?', [])); // too few parameters
  assert.deepEqual((await connection.execute('select 1 as one'))[0], [{one: 1}]);
}

async function checkCounts(connection) {
  await connection.query('create table counts (id bigint unsigned auto_increment primary key, v int)');
  const [first] = await connection.execute('insert into counts (v) values (?), (?)', [1, 2]);
  assert.deepEqual([first.affectedRows, first.insertId], [2, 1]);
  const [second] = await connection.query('insert into counts (v) values (3)');
  assert.deepEqual([second.affectedRows, second.insertId], [1, 3]);
  // mysql2 asks for CLIENT_FOUND_ROWS: matched rows count.
  const [update] = await connection.query('update counts set v = 3 where id > 1');
  // The driver takes the length of the text, 40, for its first character.
  assert.deepEqual([update.affectedRows, update.changedRows, update.info.replace(/^\(/, '')], [2, 1, 'Rows matched: 2  Changed: 1  Warnings: 0']);
  const [huge] = await connection.query('insert into counts values (9007199254740993, 1)');
  assert.equal(huge.affectedRows, 1);
  const [warned] = await connection.query('insert ignore into counts values (1, 1)');
  assert.deepEqual([warned.affectedRows, warned.warningStatus], [0, 1]);
}

async function checkStatements() {
  const connection = await connect({database, multipleStatements: true, namedPlaceholders: true});
  const [results] = await connection.query('select 1 as a; set @x = 5; select @x as b; select 1 from dual where false');
  assert.equal(results.length, 4);
  assert.deepEqual([results[0], results[2], results[3]], [[{a: 1}], [{b: 5}], []]);
  const error = await failure(() => connection.query('select 1; select absent; select 3'));
  assert.equal(error.errno, 1054);
  assert.deepEqual((await connection.execute('select :x + :y as sum', {x: 1, y: 2}))[0], [{sum: 3}]);
  await connection.query('create table many (a int primary key, b varchar(20))');
  const values = Array.from({length: 3000}, (_, index) => [index, `row ${index}`]);
  await connection.query('insert into many values ?', [values]);
  // The driver sends numbers as doubles.
  assert.equal((await connection.execute('select b from many order by a limit ? offset ?', [3, '2']))[0].length, 3);
  const prepared = await connection.prepare('select b from many where a = ?');
  for (let index = 0; index < 300; index += 1) {
    assert.deepEqual((await prepared.execute([index]))[0], [{b: `row ${index}`}]);
  }
  await prepared.close();
  // The schema changes below a prepared statement.
  const star = await connection.prepare('select * from many where a = ?');
  assert.deepEqual((await star.execute([1]))[0], [{a: 1, b: 'row 1'}]);
  await connection.query('alter table many add column c int default 7');
  assert.deepEqual((await star.execute([1]))[0], [{a: 1, b: 'row 1', c: 7}]);
  await star.close();
  // A stream of rows.
  let seen = 0;
  await new Promise((resolve, reject) => {
    connection.connection.query('select a from many').stream({highWaterMark: 5})
      .on('data', () => { seen += 1; }).on('end', resolve).on('error', reject);
  });
  assert.equal(seen, 3000);
  await connection.end();
}

async function checkLarge(connection) {
  await connection.query('create table large (id int primary key, t longtext, b longblob)');
  const text = 'ä😀0123456789'.repeat(large / 16 | 0);
  const bytes = Buffer.alloc(large, Buffer.from(Array.from({length: 251}, (_, index) => index)));
  await connection.query('insert into large values (1, ?, ?)', [text, null]);
  await connection.execute('insert into large values (2, ?, ?)', [text, null]);
  await connection.execute('insert into large values (3, ?, ?)', [null, bytes]);
  for (const method of ['query', 'execute']) {
    const [rows] = await connection[method]('select t, b from large order by id');
    assert.ok(rows[0].t === text && rows[1].t === text && rows[2].b.equals(bytes), method);
  }
}

async function checkStops(connection) {
  await connection.query('create table numbers (a int)');
  await connection.query(`insert into numbers values ${Array.from({length: 2000}, (_, index) => `(${index})`).join()}`);
  const slow = 'select count(*) from numbers a, numbers b, numbers c where a.a + b.a = c.a + 0.5';
  // The driver's timeout ends the wait, and the socket; the server ends the statement.
  const hasty = await connect({database});
  const identity = hasty.threadId;
  const error = await failure(() => hasty.query({sql: slow, timeout: 200}));
  assert.equal(error.code, 'PROTOCOL_SEQUENCE_TIMEOUT');
  hasty.destroy();
  const until = Date.now() + 20000;
  for (;;) {
    const [[{count}]] = await connection.query('select count(*) as count from information_schema.processlist where id = ?', [identity]);
    if (Number(count) === 0) break;
    assert.ok(Date.now() < until, 'the statement of a client that is gone still runs');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const victim = await connect({database});
  const [stopped] = await Promise.all([
    failure(() => victim.execute(slow)),
    new Promise((resolve) => setTimeout(resolve, 200)).then(() => connection.query(`kill query ${victim.threadId}`)),
  ]);
  assert.deepEqual([stopped.errno, stopped.code, stopped.sqlState], [1317, 'ER_QUERY_INTERRUPTED', '70100']);
  assert.deepEqual((await victim.execute('select 1 as one'))[0], [{one: 1}]);
  const limited = await failure(() => victim.query(`${slow.replace('select', 'select /*+ max_execution_time(100) */')}`));
  assert.equal(limited.errno, 3024);
  await victim.end();
}

async function main() {
  await check('connections', checkConnections);
  const admin = await connect();
  await admin.query(`drop database if exists ${database}`);
  await admin.query(`create database ${database}`);
  await admin.end();
  const types = await connect({database, supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, jsonStrings: true});
  await types.query("set time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY'");
  for (const test of cases) await check(`type ${test.name}`, () => checkType(types, test));
  await types.end();
  await check('native values', checkNativeValues);
  await check('change user', checkChangeUser);
  await check('pool', checkPool);
  for (const [name, body] of Object.entries({
    transactions: checkTransactions, errors: checkErrors, counts: checkCounts, statements: checkStatements, large: checkLarge, stops: checkStops,
  })) {
    const connection = await connect({database});
    await check(name, () => body(connection));
    await connection.end();
  }
  process.exit(failures === 0 ? 0 : 1);
}

await main();
