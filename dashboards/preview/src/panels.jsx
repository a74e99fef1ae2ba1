// A panel's JSON to Grafana's component of that kind; heatmap and timeline, which @grafana/ui has
// none of, are drawn here.
import React from 'react';
import { getDisplayProcessor, getFieldDisplayValues, dateTimeFormat } from '@grafana/data';
import { BigValue, TimeSeries } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { apply, fieldConfig, transform } from './fields.js';
import { framesOf } from './data.js';

export async function load(panel, url, time, theme) {
  const frames = await framesOf(panel, url, time);
  return apply(panel, await transform(panel, frames), theme);
}

export function Panel(props) {
  const draw = { stat: Stat, timeseries: Lines, table: Table, heatmap: Heatmap };
  const Kind = draw[props.panel.type] ?? Timeline;
  const empty = props.data.every((frame) => frame.length === 0);
  return empty && props.panel.type !== 'stat' ? <Nothing {...props} /> : <Kind {...props} />;
}

function Nothing({ panel, theme, height }) {
  const style = { height, display: 'grid', placeItems: 'center', color: theme.colors.text.secondary };
  return <div style={style}>{panel.fieldConfig.defaults.noValue || 'nothing'}</div>;
}

function Stat({ panel, data, width, height, theme }) {
  const { reduceOptions, ...options } = panel.options;
  const config = fieldConfig(panel);
  const shown = getFieldDisplayValues({
    fieldConfig: config, reduceOptions, replaceVariables: (text) => text, theme, data, timeZone: 'utc',
  });
  const missing = { text: config.defaults.noValue, numeric: NaN, color: theme.colors.text.disabled };
  const value = data.length && shown.length ? shown[0].display : missing;
  return (
    <BigValue {...options} value={{ ...value, title: undefined }} theme={theme}
      width={width} height={height} />
  );
}

function Lines({ panel, data, width, height, theme, range, marks }) {
  const mark = (builder) => {
    builder.addHook('draw', (u) => marks.forEach(({ at, colour }) => vertical(u, at, colour)));
    return null;
  };
  return (
    <TimeSeries frames={data} width={width} height={height} theme={theme} timeRange={range}
      timeZone="utc" legend={panel.options.legend} options={panel.options}>
      {mark}
    </TimeSeries>
  );
}

function vertical(u, at, colour) {
  const x = u.valToPos(at, 'x', true);
  if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
  u.ctx.save();
  u.ctx.strokeStyle = colour;
  u.ctx.setLineDash([4, 3]);
  u.ctx.beginPath();
  u.ctx.moveTo(x, u.bbox.top);
  u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
  u.ctx.stroke();
  u.ctx.restore();
}

function Table({ panel, data, width, height }) {
  return (
    <TableNG data={data[0]} width={width} height={height} sortBy={panel.options.sortBy}
      cellHeight={panel.options.cellHeight} noValue={panel.fieldConfig.defaults.noValue}
      enableVirtualization={false} />
  );
}

const GUTTER = { left: 60, bottom: 22 };

function Ticks({ range, width, height, theme }) {
  const from = range.from.valueOf();
  const span = range.to.valueOf() - from;
  return [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => (
    <text key={share} x={GUTTER.left + share * (width - GUTTER.left)} y={height - 6}
      fill={theme.colors.text.secondary} fontSize={11} textAnchor="middle">
      {dateTimeFormat(from + share * span, { format: 'HH:mm', timeZone: 'utc' })}
    </text>
  ));
}

function Heatmap({ panel, data, width, height, theme, range }) {
  const edge = (frame) => Number(frame.fields[1].labels.le.replace('+Inf', 'Infinity'));
  const sorted = [...data].sort((a, b) => edge(a) - edge(b));
  const columns = sorted.map((frame) => frame.fields[1].values);
  const below = (row, column) => (row ? columns[row - 1][column] ?? 0 : 0);
  const counts = columns.map((values, row) => values.map((v, c) => Math.max(0, (v ?? 0) - below(row, c))));
  const most = Math.max(...counts.flat(), 1e-9);
  const w = (width - GUTTER.left) / counts[0].length;
  const h = (height - GUTTER.bottom) / counts.length;
  return (
    <svg width={width} height={height}>
      {counts.flatMap((values, row) => values.map((value, column) => value > 0 && (
        <rect key={`${row} ${column}`} x={GUTTER.left + column * w} width={Math.max(w - 0.5, 0.5)}
          y={height - GUTTER.bottom - (row + 1) * h} height={h - 1} fill="#ff9830"
          opacity={0.15 + 0.85 * Math.sqrt(value / most)} />
      )))}
      {sorted.map((frame, row) => (
        <text key={row} x={GUTTER.left - 8} y={height - GUTTER.bottom - (row + 0.3) * h}
          fill={theme.colors.text.secondary} fontSize={10} textAnchor="end">
          {frame.fields[1].labels.le}
        </text>
      ))}
      <Ticks range={range} width={width} height={height} theme={theme} />
    </svg>
  );
}

function Timeline({ panel, data, width, height, theme, range }) {
  const gutter = Math.min(320, width * 0.42);
  const row = Math.min(26, (height - GUTTER.bottom) / data.length);
  const names = panel.fieldConfig.defaults.mappings[0].options;
  return (
    <svg width={width} height={height}>
      {data.map((frame, index) => {
        const field = frame.fields[1];
        const show = field.display ?? getDisplayProcessor({ field, theme });
        const w = (width - gutter) / field.values.length;
        return (
          <g key={index} transform={`translate(0, ${index * row})`}>
            <text x={gutter - 8} y={row * 0.65} fill={theme.colors.text.primary} fontSize={11}
              textAnchor="end">{field.config.displayNameFromDS}</text>
            {field.values.map((value, column) => value !== null && (
              <rect key={column} x={gutter + column * w} width={w + 0.5} y={row * 0.1}
                height={row * 0.8} fill={show(value).color} opacity={0.8} />
            ))}
          </g>
        );
      })}
      <g transform={`translate(${gutter - GUTTER.left}, 0)`}>
        <Ticks range={range} width={width - gutter + GUTTER.left} height={height} theme={theme} />
      </g>
      {Object.values(names).map(({ text, color }, index) => (
        <text key={text} x={8 + index * 60} y={height - 6} fontSize={11}
          fill={theme.visualization.getColorByName(color)}>■ {text}</text>
      ))}
    </svg>
  );
}
