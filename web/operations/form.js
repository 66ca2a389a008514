/** A form for the variables of an operation, made from their JSON Schema. */
import { h } from './dom.js';

/**
 * Makes the fields, and says what they hold.
 *
 * A field that is left empty is not sent, so that its default, or null, applies.
 */
export function variablesForm(schema, example) {
  const fields = Object.entries(schema.properties).map(([name, property]) =>
    field(name, property, schema.required.includes(name), example[name]),
  );
  return {
    elements: fields.map(({ element }) => element),
    /** The variables; throws an error that names the field where one cannot be read. */
    read() {
      const given = fields.map(({ name, read }) => [name, read()]).filter(([, value]) => value !== undefined);
      return Object.fromEntries(given);
    },
  };
}

function field(name, property, required, example) {
  const id = `variable-${name}`;
  const type = typeOf(property);
  const { control, read } = controlOf(name, type, property, { id, name, required, 'aria-describedby': `${id}-about` }, example);
  const about = [
    shown(type, property),
    required ? 'required' : null,
    'default' in property ? `default ${JSON.stringify(property.default)}` : null,
    property.maximum !== undefined && property.maximum < 2 ** 31 - 1 ? `at most ${property.maximum}` : null,
    property.maxItems !== undefined ? `at most ${property.maxItems}` : null,
  ];
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, `$${name}`),
    control,
    h('small', { id: `${id}-about` }, about.filter(Boolean).join(', ')),
  );
  return { name, element, read };
}

function controlOf(name, type, property, attributes, example) {
  if (type === 'boolean' || property.enum) {
    const values = property.enum ? property.enum.filter((each) => each !== null) : ['true', 'false'];
    const empty = attributes.required ? [] : [h('option', { value: '' }, '–')];
    const options = values.map((value) => h('option', { value, selected: String(example) === value }, value));
    const control = h('select', attributes, empty, options);
    const value = (text) => (type === 'boolean' ? text === 'true' : text);
    return { control, read: () => (control.value === '' ? undefined : value(control.value)) };
  }
  if (type === 'integer' || type === 'number') {
    const control = h('input', {
      ...attributes,
      type: 'number',
      step: type === 'integer' ? 1 : 'any',
      min: property.minimum,
      max: property.maximum,
      value: example,
    });
    return { control, read: () => (control.value === '' ? undefined : Number(control.value)) };
  }
  if (type === 'string') {
    const control = h('input', { ...attributes, type: 'text', value: example, spellcheck: 'false', autocomplete: 'off' });
    control.placeholder = property.examples?.[0] ?? '';
    // Where a text is required, an empty one is as good as any.
    return { control, read: () => (control.value === '' && !attributes.required ? undefined : control.value) };
  }
  const text = example === undefined ? '' : JSON.stringify(example, null, 2);
  const control = h('textarea', { ...attributes, rows: Math.max(2, text.split('\n').length), spellcheck: 'false' }, text);
  return { control, read: () => readJson(name, control.value) };
}

function readJson(name, text) {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`$${name} is not JSON: ${error.message}`, { cause: error });
  }
}

/** The JSON type of a variable, where there is one beside null; ids are texts. */
function typeOf(property) {
  const types = [property.type].flat().filter((type) => type && type !== 'null');
  return types.includes('string') ? 'string' : types[0];
}

function shown(type, property) {
  if (property.enum) return 'one of these';
  if (type === 'array') return 'JSON list';
  if (type === undefined) return property.$ref || property.anyOf ? 'JSON object' : 'JSON';
  return property.format ?? { string: 'text', integer: 'whole number' }[type] ?? type;
}
