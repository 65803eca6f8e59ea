import { Button, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';

/** A link to another page of the console that looks like a button. */
export function GoTo({ href, children, ...looks }: { href: string; children: ReactNode } & ButtonProps) {
  const [, go] = useLocation();
  return (
    <Button
      size="sm"
      {...looks}
      component="a"
      href={`/operator${href}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        go(href);
      }}
    >
      {children}
    </Button>
  );
}
