// Draws the dashboard that the address names: ?board=file&prometheus=url&from=ms&to=ms
import React from 'react';
import { createRoot } from 'react-dom/client';
import { createTheme, dateTime, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { askRange } from './data.js';
import { load, Panel } from './panels.jsx';

const WIDTH = 1600;
const UNIT = 30;
const GAP = 8;
const HEADER = 84;
const asked = new URLSearchParams(window.location.search);
const time = { from: Number(asked.get('from')), to: Number(asked.get('to')) };
const url = asked.get('prometheus');
const theme = createTheme({ colors: { mode: 'dark' } });
const range = { from: dateTime(time.from), to: dateTime(time.to), raw: { from: 'now-6h', to: 'now' } };

Date.now = () => time.to; // what is "from now" in the history

function place({ x, y, w, h }) {
  const column = (WIDTH - 2 * GAP) / 24;
  return {
    position: 'absolute', left: GAP + x * column, top: HEADER + y * (UNIT + GAP),
    width: w * column - GAP, height: h * (UNIT + GAP) - GAP,
  };
}

async function marksOf(board) {
  const [, alerts, changes] = board.annotations.list;
  const fired = await askRange(url, alerts.target.expr, time);
  const changed = await askRange(url, changes.target.expr, time);
  const red = fired.map(({ times, values }) => times[values.findIndex((value) => value !== null)]);
  const blue = changed.flatMap(({ values }) => values.filter((value) => value !== null));
  return [
    ...[...new Set(red)].map((at) => ({ at, colour: theme.visualization.getColorByName('red') })),
    ...[...new Set(blue)].map((at) => ({ at, colour: theme.visualization.getColorByName('blue') })),
  ];
}

function Header({ board }) {
  const box = { border: `1px solid ${theme.colors.border.medium}`, padding: '4px 8px', marginRight: 8 };
  return (
    <div style={{ padding: GAP, color: theme.colors.text.primary }}>
      <div style={{ fontSize: 18, marginBottom: GAP }}>
        {board.title}
        <span style={{ fontSize: 13, marginLeft: 16, color: theme.colors.text.secondary }}>
          {board.description} Drawn with Grafana’s UI components, not by a Grafana server.
        </span>
      </div>
      {board.templating.list.map(({ label, type }) => (
        <span key={label} style={box}>{label}: {type === 'datasource' ? 'prometheus' : 'All'}</span>
      ))}
      {board.links.map(({ title }) => (
        <span key={title} style={{ ...box, color: theme.colors.text.link }}>{title}</span>
      ))}
    </div>
  );
}

function Board({ board, loaded, marks }) {
  const bottom = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{
        width: WIDTH, height: HEADER + bottom * (UNIT + GAP), position: 'relative',
        background: theme.colors.background.canvas,
      }}>
        <Header board={board} />
        {board.panels.map((panel) => (panel.type === 'row' ? (
          <div key={panel.id} style={{
            ...place(panel.gridPos), color: theme.colors.text.primary, fontWeight: 500, paddingTop: 6,
          }}>⌄ {panel.title}</div>
        ) : (
          <div key={panel.id} style={place(panel.gridPos)}>
            <PanelChrome title={panel.title} description={panel.description}
              width={place(panel.gridPos).width} height={place(panel.gridPos).height}>
              {(width, height) => (
                <Panel panel={panel} data={loaded[panel.id]} width={width} height={height}
                  theme={theme} range={range} marks={marks} />
              )}
            </PanelChrome>
          </div>
        )))}
      </div>
    </ThemeContext.Provider>
  );
}

async function main() {
  const board = await (await fetch(asked.get('board'))).json();
  const panels = board.panels.filter(({ type }) => type !== 'row');
  const data = await Promise.all(panels.map((panel) => load(panel, url, time, theme)));
  const loaded = Object.fromEntries(panels.map(({ id }, index) => [id, data[index]]));
  const marks = await marksOf(board);
  createRoot(document.getElementById('root')).render(
    <Board board={board} loaded={loaded} marks={marks} />);
}

main().catch((error) => {
  document.body.textContent = `could not be drawn: ${error.stack}`;
});
