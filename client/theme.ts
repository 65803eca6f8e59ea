import { createTheme } from '@mantine/core';

/** What both pages look like. */
export const theme = createTheme({
  primaryColor: 'violet',
  primaryShade: { light: 7, dark: 7 },
  // Of night rather than of ash; the first is text, the last what lies behind everything.
  colors: {
    dark: [
      '#ece9f5',
      '#c9c4da',
      '#a9a3bd',
      '#746d8c',
      '#3a3550',
      '#2e2941',
      '#252135',
      '#1d1a29',
      '#181522',
      '#14121d',
    ],
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  headings: { fontWeight: '650' },
});
