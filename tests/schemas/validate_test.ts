/** The validator of the closed subset, compared with ajv on every schema of the project. @module */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
import fc from "fast-check";
import { LOOP_SCHEMA, PIPELINE_SCHEMA, STEP_SCHEMA } from "../../schemas/pipeline.ts";
import { validate } from "../../schemas/validate.ts";
import { STAGES } from "../../stages/mod.ts";

const SCHEMAS: Readonly<Record<string, object>> = {
  pipeline: PIPELINE_SCHEMA,
  step: STEP_SCHEMA,
  loop: LOOP_SCHEMA,
  ...Object.fromEntries(Object.values(STAGES).map(({ name, config }) => [name, config])),
};

interface Shape {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly minimum?: number;
}

const anything = fc.oneof(
  ...[
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ max: 1e15, min: -1e15, noNaN: true }),
    fc.string(),
  ],
  ...[fc.array(fc.integer(), { maxLength: 2 }), fc.constant({}), fc.constant({ constructor: 1 })],
);

/** Values that mostly fit a schema. */
function fitting(schema: Shape): fc.Arbitrary<unknown> {
  const right = (() => {
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    switch (schema.type) {
      case "integer":
        return fc.integer({ min: (schema.minimum ?? 0) - 1, max: (schema.minimum ?? 0) + 5 });
      case "number":
        return fc.constantFrom(-1, 0, 0.5, 1, 1.5, 1e300);
      case "boolean":
        return fc.boolean();
      case "string":
        return fc.constantFrom("a", "A b", "");
      case "array":
        return fc.array(fitting(schema.items ?? {}), { maxLength: 3 });
      case "object": {
        const parts = Object.entries(schema.properties ?? {}).map((
          [key, part],
        ) => [key, fitting(part)]);
        return fc.record(
          { ...Object.fromEntries(parts), unknown: fc.integer() } as Record<
            string,
            fc.Arbitrary<unknown>
          >,
          { requiredKeys: [] },
        );
      }
      default:
        return anything;
    }
  })();
  return fc.oneof({ arbitrary: right, weight: 20 }, { arbitrary: anything, weight: 1 });
}

for (const [name, schema] of Object.entries(SCHEMAS)) {
  Deno.test(`validate() finds what ajv finds in ${name}, and fills in the same defaults`, () => {
    const ajv = new Ajv({ strict: true, allErrors: true, useDefaults: true });
    ajv.addFormat("path", true);
    const check = ajv.compile(schema);
    let fits = 0, misfits = 0;
    fc.assert(
      fc.property(fitting(schema as Shape), (value) => {
        const [ours, theirs] = [structuredClone(value), structuredClone(value)];
        const problems = validate(schema, ours), fit = check(theirs);
        if (fit) fits++;
        else misfits++;
        assert.equal(problems.length === 0, fit, JSON.stringify([value, problems, check.errors]));
        assert.deepEqual(ours, theirs);
        // A value outside an enumeration or of a wrong type is told once, however many bounds it breaks.
        const places = (paths: readonly string[]) => [...new Set(paths)].toSorted();
        assert.deepEqual(
          places(
            problems.filter(({ unknownKey }) => unknownKey === undefined).map(({ path }) =>
              path.map((part) => `/${part}`).join("")
            ),
          ),
          places(
            (check.errors ?? []).filter(({ keyword }) => keyword !== "additionalProperties")
              .map(({ instancePath }) => instancePath),
          ),
        );
      }),
      { numRuns: 300, seed: 1 },
    );
    assert.ok(misfits > 10 && fits + misfits === 300);
  });
}

Deno.test("validate() holds integers to those that a double tells apart", () => {
  const schema = { type: "integer" };
  assert.deepEqual(validate(schema, Number.MAX_SAFE_INTEGER), []);
  assert.match(validate(schema, 2 ** 53)[0]!.message, /must be <= 9007199254740991/);
  assert.match(validate(schema, -(2 ** 53))[0]!.message, /must be >= -9007199254740991/);
});

Deno.test("validate() knows every keyword it is given, or says so", () => {
  const schema = { type: "object", properties: { a: { type: "string", maxLength: 3 } } };
  assert.throws(() => validate(schema, {}), new TypeError("Cannot check maxLength"));
});
