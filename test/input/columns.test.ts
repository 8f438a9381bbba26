/** Columns as files call them: fields without case, other names by --map, all else carried along into results. */
import type { PlannedRow } from '../../input/check-rows';
import type { ColumnRules } from '../../input/columns';
import type { InputFormat } from '../../input/open-input';
import { planSource, splitChunks } from './input-support';
import { folderWith, run } from './plan-support';

async function plan(content: string, columns: ColumnRules = {}, format: InputFormat = 'csv') {
  const rows: PlannedRow[] = [];
  const source = { name: `rows.${format}`, format, bytes: splitChunks(content), columns };
  const { problems, warnings, complete } = await planSource(source, { onRow: async (row) => void rows.push(row) });
  const words = (list: typeof problems) => list.kinds.map(({ line, field, problem }) => `${line}: ${field} ${problem}`);
  return { rows, problems: words(problems), warnings: words(warnings), complete };
}
const jsonl = (content: string, columns: ColumnRules = {}) => plan(content, columns, 'jsonl');

test('names are matched without case', async () => {
  const { rows, problems, warnings } = await plan('Key,PROMPT,Width\nk,a,5\n');
  expect(rows).toEqual([{ line: 2, key: 'k', operation: 'generate/image', request: { prompt: 'a', width: 5 } }]);
  expect([problems, warnings]).toEqual([[], []]);
  expect((await jsonl('{"Key":"k","PROMPT":"a","Seed":9007199254740993}')).problems).toEqual([
    expect.stringContaining('seed is "9007199254740993"'),
  ]);
});

test('columns that are no fields are carried along with one warning', async () => {
  const { rows, problems, warnings } = await plan('sku,prompt,Titel (neu),price\ns1,a,T,"1,5"\ns2,b,,\n');
  expect(rows.map(({ request, values }) => [request, values])).toEqual([
    [{ prompt: 'a' }, { sku: 's1', 'Titel (neu)': 'T', price: '1,5' }],
    [{ prompt: 'b' }, { sku: 's2', 'Titel (neu)': '', price: '' }],
  ]);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    '1: header has columns that are not fields: sku, column 3, price; they are not sent, and are returned with the results',
  ]);
});

test('of JSON the same, with the types of JSON, once a name', async () => {
  const { rows, warnings } = await jsonl('{"prompt":"a","sku":1,"tags":["x"]}\n{"prompt":"b","sku":2,"gone":null}\n');
  expect(rows.map(({ values }) => values)).toEqual([{ sku: 1, tags: ['x'] }, { sku: 2 }]);
  expect(warnings).toEqual([
    '1: sku is not a field of a request; it is not sent, and is returned with the results',
    '1: tags is not a field of a request; it is not sent, and is returned with the results',
  ]);
});

test('--map says which column is a field, --carry keeps one, and neither is warned of', async () => {
  const map = new Map([
    ['key', 'sku'],
    ['prompt', 'Beschreibung'],
  ]);
  const rules = { map, carry: ['weight', 'key'] };
  const { rows, problems, warnings } = await plan('sku,Beschreibung,weight,key\ns1,a,7,x\n', rules);
  expect(rows).toEqual([
    { line: 2, key: 's1', operation: 'generate/image', request: { prompt: 'a' }, values: { weight: '7', key: 'x' } },
  ]);
  expect([problems, warnings]).toEqual([[], []]);
  const same = await jsonl('{"sku":"s1","Beschreibung":"a","weight":7,"key":"x"}', rules);
  expect(same).toMatchObject({ problems: [], warnings: [], rows: [{ key: 's1', values: { weight: 7, key: 'x' } }] });
});

test.each([
  ['widht', 'width'],
  ['weight', 'height'],
  ['Keys', 'key'],
  ['Output Format', 'output_format'],
  ['operatoin', 'operation'],
])('a column %s is so near to %s that it is asked about', async (name, meant) => {
  for (const { problems, rows } of [
    await plan(`prompt,${name}\na,1\n`),
    await jsonl(JSON.stringify({ prompt: 'a', [name]: 1 })),
  ]) {
    expect(rows).toEqual([]);
    expect(problems).toEqual([
      expect.stringContaining(`1: ${name} is not known; did you mean ${meant}? --map ${meant}=`),
    ]);
  }
  expect((await plan(`prompt,${name}\na,1\n`, { carry: [name] })).problems).toEqual([]);
});

test('--strict-columns refuses what is neither known nor named', async () => {
  const rules = { strict: true, carry: ['sku'] };
  expect((await plan('prompt,sku,title\na,1,2\n', rules)).problems).toEqual([
    expect.stringMatching(/^1: title is not known; must be one of key, operation, prompt/),
  ]);
  expect((await jsonl('{"prompt":"a","sku":1,"title":2}', rules)).problems).toEqual([
    expect.stringMatching(/^1: title is not known/),
  ]);
});

test('a column that is named and not there is a problem: its field would be missing without a word', async () => {
  const rules = { map: new Map([['key', 'skuu']]), carry: ['gone'] };
  const words = [expect.stringContaining('"skuu"'), expect.stringContaining('"gone"')];
  expect(await plan('prompt,sku\na,1\n', rules)).toMatchObject({ problems: words, complete: false });
  expect(await jsonl('{"prompt":"a","sku":1}', rules)).toMatchObject({ problems: words, complete: false });
});

test('two columns for one field are a problem', async () => {
  expect((await plan('prompt,Prompt\na,b\n')).problems).toEqual([
    '1: column 2 is "Prompt", as column 1 is; keep one of them',
  ]);
  expect((await plan('prompt,sku,sku\na,b,c\n')).problems).toEqual([
    '1: column 3 is "sku", as column 2 is; keep one of them',
  ]);
  expect((await jsonl('{"prompt":"a","Prompt":"b"}')).problems).toEqual(['1: prompt occurs twice; keep one']);
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a column %s is carried like any other',
  async (name) => {
    const [row] = (await plan(`prompt,${name}\na,1\n`)).rows;
    expect(Object.entries(row?.values ?? {})).toEqual([[name, '1']]);
    const [other] = (await jsonl(`{"prompt":"a","${name}":1}`)).rows;
    expect(Object.entries(other?.values ?? {})).toEqual([[name, 1]]);
  },
);

test('the flags of plan', async () => {
  const folder = folderWith('in.csv', 'sku,prompt,title\ns1,a,T\n');
  expect(await run(folder, 'in.csv', '--map', 'key=sku', '--carry', 'title')).toMatchObject({ code: 0, stderr: '' });
  const { code, stderr } = await run(
    folder,
    'in.csv',
    '--map',
    'kye=sku',
    '--map',
    'sku',
    '--map',
    'key=a',
    '--map',
    'key=b',
    '--map',
    'seed=a',
  );
  expect(code).toBe(2);
  expect(stderr.trimEnd().split('\n')).toEqual([
    '--map is "kye=sku"; did you mean key=sku?',
    '--map is "sku"; must be a field and a column, like key=sku',
    '--map is "key=b"; key is mapped twice; keep one',
    '--map is "seed=a"; the column "a" is key already; keep one',
  ]);
});

const PICTURE = 'https://example.com/a.png';

test('rows of different operations have the fields of their operations', async () => {
  const { rows, problems } = await plan(
    `key,operation,prompt,input_image,width\na,,a boat,,64\nb,edit/image,brighter,${PICTURE}|${PICTURE},\nc,upscale/image,,${PICTURE},\n`,
  );
  expect(problems).toEqual([]);
  expect(rows.map(({ operation, request }) => [operation, request])).toEqual([
    ['generate/image', { prompt: 'a boat', width: 64 }],
    ['edit/image', { prompt: 'brighter', input_image: [PICTURE, PICTURE] }],
    ['upscale/image', { input_image: PICTURE }],
  ]);
});

test('a row that lacks a field of its operation, or has one of another, is a problem', async () => {
  const { problems } = await plan(
    `operation,prompt,input_image\nedit/image,,${PICTURE}\ngenerate/image,a boat,${PICTURE}\nupscal/image,,${PICTURE}\n`,
  );
  expect(problems).toEqual([
    expect.stringMatching(/^2: prompt is missing/),
    expect.stringMatching(/^3: input_image is not a field of this operation/),
    expect.stringMatching(/^4: operation is "upscal\/image"; did you mean upscale\/image\?/),
  ]);
});

test('without a column "operation", fields of other operations are carried like any column', async () => {
  const { rows, problems } = await plan('prompt,source,strength,mode\na,s,t,m\n');
  expect(problems).toEqual([]);
  expect(rows[0]).toMatchObject({ request: { prompt: 'a' }, values: { source: 's', strength: 't', mode: 'm' } });
  const [row] = (await jsonl('{"prompt":"a","source":"s"}\n')).rows;
  expect(row?.values).toEqual({ source: 's' });
});

test.each(['input_image', 'Input_Image'])('without a column "operation", the column %s is refused', async (name) => {
  const { problems } = await plan(`prompt,${name}\nbrighter,${PICTURE}\n`);
  const words = `1: ${name} is an input of generate/video, edit/image, `;
  const advice = `, not of generate/image; name the row's operation in "operation"; --carry keeps a column as it is`;
  expect(problems).toEqual([expect.stringContaining(words)]);
  expect(problems[0]).toContain(advice);
  const carried = await plan(`prompt,${name}\nbrighter,${PICTURE}\n`, { carry: [name] });
  expect(carried.rows[0]).toMatchObject({ request: { prompt: 'brighter' }, values: { [name]: PICTURE } });
});

test('a row that names its operation is told which operation has no such input', async () => {
  const { problems } = await jsonl(
    `{"operation":"upscale/image","input_image":"${PICTURE}","image_path":"${PICTURE}"}\n`,
  );
  const words =
    /^1: image_path is an input of generate\/3d.*, not of upscale\/image; name the row's operation in "operation"/;
  expect(problems).toEqual([expect.stringMatching(words)]);
});

test('a file without an operation needs the fields of the default one in its header', async () => {
  expect((await plan('width,height\n1,1\n')).problems).toEqual([
    expect.stringContaining('has no column "prompt"; every row needs it'),
  ]);
});

test('an operation may stand in a mapped column', async () => {
  const map = new Map([['operation', 'op']]);
  const { rows } = await plan(`op,input_image\nupscale/image,${PICTURE}\n`, { map });
  expect(rows[0]).toMatchObject({ operation: 'upscale/image', request: { input_image: PICTURE } });
  const same = await jsonl(`{"op":"upscale/image","input_image":"${PICTURE}"}`, { map });
  expect(same.rows[0]).toMatchObject({ operation: 'upscale/image', request: { input_image: PICTURE } });
});
