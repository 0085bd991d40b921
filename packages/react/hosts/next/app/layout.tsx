import type { ReactNode } from "react";
import { Tenuto } from "./tenuto.tsx";

export const metadata = { title: "Next.js" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <Tenuto>{children}</Tenuto>
      </body>
    </html>
  );
}
