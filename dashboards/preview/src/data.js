// Queries of a panel to data frames, as Grafana's Prometheus data source makes them.
import { FieldType, toDataFrame } from '@grafana/data';

const VARIABLES = { $datasource: 'prometheus', $job: '.+', $instance: '.+', $app: '.+', $route: '.+' };

// Grafana's own variables depend on the time shown; the scrapes of the history are a minute apart.
export function interpolate(text, { from, to }) {
  const range = `${Math.round((to - from) / 1000)}s`;
  const known = { ...VARIABLES, $__rate_interval: '4m', $__range: range, $__interval: '1m' };
  const longestFirst = Object.keys(known).sort((a, b) => b.length - a.length);
  return longestFirst.reduce((done, name) => done.replaceAll(name, known[name]), text);
}

async function get(url, path, parameters) {
  const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const body = await answer.json();
  if (body.status !== 'success') throw new Error(`${body.error}: ${parameters.query}`);
  return body.data.result;
}

export function askNow(url, expression, time) {
  return get(url, 'query', { query: interpolate(expression, time), time: time.to / 1000 });
}

export async function askRange(url, expression, time) {
  const step = Math.max(60, Math.ceil((time.to - time.from) / 1000 / 400 / 60) * 60);
  const query = interpolate(expression, time);
  const series = await get(url, 'query_range', {
    query, start: time.from / 1000, end: time.to / 1000, step,
  });
  const times = [];
  for (let at = time.from; at <= time.to; at += step * 1000) times.push(at);
  return series.map(({ metric, values }) => {
    const known = new Map(values.map(([at, value]) => [Math.round(at * 1000), finite(value)]));
    return { metric, times, values: times.map((at) => known.get(at) ?? null) };
  });
}

// Prometheus says NaN, where Grafana shows nothing.
function finite(value) {
  return Number.isFinite(Number(value)) ? Number(value) : null;
}

function legend(format, metric) {
  if (!format || format === '__auto') {
    return Object.values(metric).join(' ') || 'value';
  }
  return format.replace(/{{\s*(\w+)\s*}}/g, (_, name) => metric[name] ?? '');
}

export async function framesOf(panel, url, time) {
  const alone = panel.targets.length === 1;
  const answers = panel.targets.map((target) => frames(target, url, time, alone));
  return (await Promise.all(answers)).flat();
}

async function frames(target, url, time, alone) {
  if (target.format === 'table') {
    const value = alone ? 'Value' : `Value #${target.refId}`;
    return [table(target, await askNow(url, target.expr, time), value)];
  }
  if (target.instant) {
    const answer = await askNow(url, target.expr, time);
    return answer.map(({ metric, value: [at, value] }) =>
      series(target, metric, [at * 1000], [finite(value)]));
  }
  const answer = await askRange(url, target.expr, time);
  return answer.map(({ metric, times, values }) => series(target, metric, times, values));
}

function series(target, labels, times, values) {
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: times },
      {
        name: 'Value',
        type: FieldType.number,
        values,
        labels,
        config: { displayNameFromDS: legend(target.legendFormat, labels) },
      },
    ],
  });
}

function table(target, answer, value) {
  const labels = [...new Set(answer.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: answer.map((row) => row.value[0] * 1000) },
      ...labels.map((label) => ({
        name: label,
        type: FieldType.string,
        values: answer.map(({ metric }) => metric[label] ?? ''),
      })),
      {
        name: value,
        type: FieldType.number,
        values: answer.map((row) => Number(row.value[1])),
      },
    ],
  });
}
