// The field options and transformations that a panel's JSON names, applied by Grafana's own code.
import {
  applyFieldOverrides, cacheFieldDisplayNames, FieldConfigOptionsRegistry, standardTransformers,
  standardTransformersRegistry, transformDataFrame,
} from '@grafana/data';

standardTransformersRegistry.setInit(() =>
  [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer].map(
    (transformation) => ({
      id: transformation.id, name: transformation.name, transformation: async () => transformation, editor: () => null,
    })));

const STANDARD = [
  'unit', 'decimals', 'min', 'max', 'noValue', 'color', 'thresholds', 'mappings', 'links',
  'displayName',
];

function registry(config) {
  const overridden = config.overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const custom = new Set([
    ...Object.keys(config.defaults.custom ?? {}),
    ...overridden.filter((id) => id.startsWith('custom.')).map((id) => id.slice(7)),
  ]);
  const option = (path, isCustom) => ({
    id: isCustom ? `custom.${path}` : path,
    path,
    isCustom,
    name: path,
    process: (value) => (path === 'thresholds' ? lowestOpen(value) : value),
    shouldApply: () => true,
    editor: () => null,
    override: () => null,
  });
  return new FieldConfigOptionsRegistry(() => [
    ...STANDARD.map((path) => option(path, false)),
    ...[...custom].map((path) => option(path, true)),
  ]);
}

// JSON has no -Infinity.
function lowestOpen(thresholds) {
  if (!thresholds) return thresholds;
  const steps = thresholds.steps.map((step) => ({ ...step, value: step.value ?? -Infinity }));
  return { ...thresholds, steps };
}

export function fieldConfig(panel) {
  const { defaults, overrides } = panel.fieldConfig;
  return { defaults: { ...defaults, thresholds: lowestOpen(defaults.thresholds) }, overrides };
}

export function apply(panel, data, theme) {
  const config = fieldConfig(panel);
  const frames = applyFieldOverrides({
    data,
    fieldConfig: config,
    fieldConfigRegistry: registry(config),
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  cacheFieldDisplayNames(frames);
  return frames;
}

export function transform(panel, data) {
  return new Promise((resolve, reject) => {
    transformDataFrame(panel.transformations ?? [], data).subscribe({ next: resolve, error: reject });
  });
}
