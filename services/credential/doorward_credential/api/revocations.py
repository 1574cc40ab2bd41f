"""Sessions that are revoked, secrets that are erased, and the credential report."""

from doorward.credential.v1 import credential_reports_pb2 as reports_pb
from doorward.credential.v1 import revocations_pb2 as pb
from doorward_directory.roles import role_by_name
from doorward_directory.users import user_by_name
from doorward_kernel.errors import InvalidInput
from doorward_runtime.rpc.call import CALL

from doorward_credential.api.method import moment_of, stamp
from doorward_credential.application.credential_report import CredentialReports
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.people import People
from doorward_credential.application.revocations import Revocations


class RevocationMethods:
    _revocations: Revocations
    _keyrings: Keyrings
    _people: People

    async def RevokeSessions(self, request: pb.RevokeSessionsRequest, _context: object) -> pb.RevokeSessionsResponse:
        call = CALL.get()
        if request.user_name and request.role_name:
            raise InvalidInput("`userName` and `roleName` exclude each other: give one, or neither for the root user")
        account = await self._people.account(call.account, latest=True)
        principal_id: str = account.account_id
        if request.user_name:
            principal_id = user_by_name(account, request.user_name).user_id
        elif request.role_name:
            principal_id = role_by_name(account, request.role_name).role_id
        before = moment_of(request.before, "before") if request.HasField("before") else None
        revision = await self._revocations.revoke_sessions(
            account.account_id, principal_id, before, call.event_metadata()
        )
        return pb.RevokeSessionsResponse(revision=str(revision))

    async def EraseSecrets(self, _request: pb.EraseSecretsRequest, _context: object) -> pb.EraseSecretsResponse:
        call = CALL.get()
        await self._people.account(call.account, latest=True)
        return pb.EraseSecretsResponse(revision=str(await self._revocations.erase(call.account, call.event_metadata())))


class CredentialReportMethods:
    _reports: CredentialReports

    async def GenerateCredentialReport(
        self, _request: reports_pb.GenerateCredentialReportRequest, _context: object
    ) -> reports_pb.GenerateCredentialReportResponse:
        state = await self._reports.generate(CALL.get().account)
        description = "No report exists. Starting a new report generation task" if state == "STARTED" else ""
        return reports_pb.GenerateCredentialReportResponse(state=state, description=description)

    async def GetCredentialReport(
        self, _request: reports_pb.GetCredentialReportRequest, _context: object
    ) -> reports_pb.GetCredentialReportResponse:
        report = await self._reports.get(CALL.get().account)
        return reports_pb.GetCredentialReportResponse(
            content=report.content, report_format="text/csv", generated_time=stamp(report.generated_at)
        )
