import type { Route } from '../http/route.ts';
import { auditRoutes } from './admin/audit.ts';
import { backfillRoutes } from './admin/backfill.ts';
import { doorRoutes } from './admin/doors.ts';
import { importRoutes } from './admin/imports.ts';
import { leaverRoutes } from './admin/leavers.ts';
import { memberFeedRoutes } from './admin/member-feeds.ts';
import { memberRoutes } from './admin/members.ts';
import { mirrorRoutes } from './admin/mirror.ts';
import { mirrorStatusRoutes } from './admin/mirror-status.ts';
import { registrationRoutes } from './admin/registrations.ts';
import { releaseRoutes } from './admin/releases.ts';
import { renewalRoutes } from './admin/renewal.ts';
import { reportRoutes } from './admin/reports.ts';
import { brokerRoutes } from './broker.ts';
import { healthRoutes } from './health.ts';
import { permissionsRoutes } from './partner/permissions.ts';
import { registeredRoute } from './partner/registered.ts';
import { validateRoute } from './partner/validate.ts';

/** Every endpoint of this Worker; the API document is made of these (api-docs/). */
export const routes: readonly Route[] = [
  ...permissionsRoutes,
  validateRoute,
  registeredRoute,
  ...brokerRoutes,
  ...importRoutes,
  ...memberFeedRoutes,
  ...memberRoutes,
  ...registrationRoutes,
  ...releaseRoutes,
  ...doorRoutes,
  ...mirrorRoutes,
  ...mirrorStatusRoutes,
  ...backfillRoutes,
  ...leaverRoutes,
  ...reportRoutes,
  ...renewalRoutes,
  ...auditRoutes,
  ...healthRoutes,
];
